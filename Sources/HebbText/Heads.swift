import HebbCore
import HebbNN

extension Tensor {
  /// `[batch, time, width]` as `[batch, heads, time, width / heads]`, a view.
  func inHeads(_ heads: Int) -> Tensor {
    reshaped(to: [shape[0], shape[1], heads, shape[2] / heads]).permuted([0, 2, 1, 3])
  }

  /// `[batch, heads, time, size]` as `[batch, time, heads · size]`.
  func joiningHeads() -> Tensor {
    permuted([0, 2, 1, 3]).reshaped(to: [shape[0], shape[2], shape[1] * shape[3]])
  }
}

/// softmax(Q Kᵀ / √width) V with dropout of the weights, in heads `[batch, heads, time, size]`.
func attend(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor?, isCausal: Bool, dropout: Dropout
) -> Tensor {
  guard dropout.isTraining, dropout.probability > 0 else {
    return scaledDotProductAttention(
      query: query, key: key, value: value, mask: mask, isCausal: isCausal)
  }
  let size = Double(max(query.shape[3], 1))
  var scores = matmul(query * (1 / size.squareRoot()), key.transposed())
  let nothing = Tensor(-Double.infinity, dtype: scores.dtype)
  if isCausal {
    let queries = Tensor.range(scores.shape[2]).expandingShape(at: 1)
    scores = select(queries .>= Tensor.range(scores.shape[3]), scores, nothing)
  }
  if let mask {
    scores = mask.dtype == .bool ? select(mask, scores, nothing) : scores + mask
  }
  return matmul(dropout(softmax(scores)), value)
}
