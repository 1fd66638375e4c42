import HebbCore

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
