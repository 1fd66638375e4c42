import HebbCore

/// Scaled dot-product attention, softmax(Q Kᵀ / √width) V, as PyTorch's function of this name
/// (Vaswani et al. 2017, equation 1).
///
/// - Parameters:
///   - query: Q, `[..., queries, width]`.
///   - key: K, `[..., keys, width]`.
///   - value: V, `[..., keys, value width]`.
///   - mask: What broadcasts to `[..., queries, keys]`: of `bool`, whether a query sees a key; of the
///     type of Q, numbers that are added to the scores. A query that sees no key gives NaN.
///   - isCausal: Whether query i sees the keys 0...i only.
///   - scale: Replaces 1/√width.
/// - Returns: `[..., queries, value width]`.
public func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil
) -> Tensor {
  guard query.rank >= 2, key.rank >= 2, value.rank >= 2,
    query.shape.last == key.shape.last, key.shape[key.rank - 2] == value.shape[value.rank - 2]
  else {
    stop(
      "scaledDotProductAttention: query \(query.shape), key \(key.shape) and value \(value.shape) "
        + "are not [..., queries, width], [..., keys, width] and [..., keys, value width]")
  }
  let width = Double(max(query.shape.last ?? 1, 1))
  var scores = matmul(query * (scale ?? 1 / width.squareRoot()), key.transposed())
  let nothing = Tensor(-Double.infinity, dtype: scores.dtype)
  if isCausal {
    let queries = Tensor.range(scores.shape[scores.rank - 2]).expandingShape(at: 1)
    let keys = Tensor.range(scores.shape[scores.rank - 1])
    scores = select(queries .>= keys, scores, nothing)
  }
  if let mask {
    scores = mask.dtype == .bool ? select(mask, scores, nothing) : scores + mask
  }
  return matmul(softmax(scores), value)
}

/// Attention in which several heads of queries share a head of keys and values, as PyTorch's
/// `scaled_dot_product_attention(enable_gqa=True)` (Ainslie et al. 2023; with one head of keys Shazeer
/// 2019).
///
/// - Parameters:
///   - query: Q, `[batch, heads, queries, width]`.
///   - key: K, `[batch, groups, keys, width]`; the heads are a multiple of the groups.
///   - value: V, `[batch, groups, keys, value width]`.
///   - isCausal: Whether query i sees the keys 0...i only.
/// - Returns: `[batch, heads, queries, value width]`.
public func groupedQueryAttention(
  query: Tensor, key: Tensor, value: Tensor, isCausal: Bool = false
) -> Tensor {
  guard query.rank == 4, key.rank == 4, value.rank == 4, key.shape[1] == value.shape[1],
    key.shape[1] > 0, query.shape[1].isMultiple(of: key.shape[1])
  else {
    stop(
      "groupedQueryAttention: query \(query.shape), key \(key.shape) and value \(value.shape) are "
        + "not [batch, heads, queries, width] and [batch, groups, keys, width] with a multiple of "
        + "heads")
  }
  let (heads, groups) = (query.shape[1], key.shape[1])
  var grouped = Array(query.shape)
  grouped.replaceSubrange(1...1, with: [groups, heads / groups])
  let output = scaledDotProductAttention(
    query: query.reshaped(to: grouped), key: key.expandingShape(at: 2),
    value: value.expandingShape(at: 2), isCausal: isCausal)
  return output.reshaped(to: [query.shape[0], heads, query.shape[2], value.shape[3]])
}
