/// Products of tensors that sum over axes, or over none.

/// a[i] b[j], the outer product of two vectors.
///
/// - Parameters:
///   - a: `[m]`.
///   - b: `[n]`.
/// - Returns: `[m, n]`.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.rank == 1, b.rank == 1 else {
    trap(TensorError("outer: needs two vectors, not \(a.shape) and \(b.shape)"))
  }
  return a.expandingShape(at: 1) * b
}

/// Σ a[i] b[i], the inner product of two vectors of one length; a scalar.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.rank == 1, a.shape == b.shape else {
    trap(TensorError("dot: needs two vectors of one length, not \(a.shape) and \(b.shape)"))
  }
  return (a * b).sum()
}

/// Σ a[i] b[i] over all elements of two tensors with as many elements; a scalar.
public func vdot(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.count == b.count else {
    trap(
      TensorError(
        "vdot: \(a.shape) has \(a.count) elements, \(b.shape) has \(b.count); it needs as many"))
  }
  return dot(a.flattened(), b.flattened())
}

/// The sum of products over the last `axes` axes of a and the first of b, in order.
///
/// - Parameters:
///   - a: `[m..., k...]`.
///   - b: `[k..., n...]`.
///   - axes: The number of axes k.
/// - Returns: `[m..., n...]`.
public func tensordot(_ a: Tensor, _ b: Tensor, axes: Int = 2) -> Tensor {
  guard axes >= 0, axes <= a.rank, axes <= b.rank else {
    trap(TensorError("tensordot: \(a.shape) and \(b.shape) do not have \(axes) axes to sum over"))
  }
  return tensordot(a, b, axes: (Array(a.rank - axes..<a.rank), Array(0..<axes)))
}

/// The sum of products over pairs of axes.
///
/// - Parameters:
///   - a: A tensor.
///   - b: A tensor.
///   - axes: The axes of a, and for each of them the axis of b of the same size.
/// - Returns: The remaining axes of a, then those of b.
public func tensordot(_ a: Tensor, _ b: Tensor, axes: ([Int], [Int])) -> Tensor {
  do throws(TensorError) {
    var (left, right): ([Int], [Int]) = ([], [])
    for axis in axes.0 { left.append(try a.shape.axis(axis)) }
    for axis in axes.1 { right.append(try b.shape.axis(axis)) }
    guard left.count == right.count, Set(left).count == left.count, Set(right).count == right.count
    else {
      throw TensorError("axes \(axes.0) and \(axes.1) are not pairs")
    }
    for (i, j) in zip(left, right) where a.shape[i] != b.shape[j] {
      throw TensorError(
        "axis \(i) of \(a.shape) has size \(a.shape[i]), axis \(j) of \(b.shape) has \(b.shape[j])")
    }
    let rows = (0..<a.rank).filter { !left.contains($0) }
    let columns = (0..<b.rank).filter { !right.contains($0) }
    let (m, n) = (rows.map { a.shape[$0] }, columns.map { b.shape[$0] })
    let k = left.reduce(1) { $0 * a.shape[$1] }
    let x = a.permuted(rows + left).reshaped(to: Shape([m.reduce(1, *), k]))
    let y = b.permuted(right + columns).reshaped(to: Shape([k, n.reduce(1, *)]))
    return matmul(x, y).reshaped(to: Shape(m + n))
  } catch {
    trap(TensorError("tensordot: \(error.description)"))
  }
}

/// The Kronecker product: blocks b, each times an element of a.
///
/// - Parameters:
///   - a: `[m...]`.
///   - b: `[n...]`; the one with fewer axes gets outer axes of size 1.
/// - Returns: `[m · n...]` with y[i n + k, ...] = a[i, ...] b[k, ...].
public func kron(_ a: Tensor, _ b: Tensor) -> Tensor {
  let rank = max(a.rank, b.rank)
  // Every second axis belongs to b.
  guard rank * 2 <= Shape.maximumRank else {
    trap(TensorError("kron: at most 4 axes, not \(a.shape) and \(b.shape)"))
  }
  let m = Array(repeating: 1, count: rank - a.rank) + Array(a.shape)
  let n = Array(repeating: 1, count: rank - b.rank) + Array(b.shape)
  let x = a.reshaped(to: Shape(m.flatMap { [$0, 1] }))
  let y = b.reshaped(to: Shape(n.flatMap { [1, $0] }))
  return (x * y).reshaped(to: Shape(zip(m, n).map { $0 * $1 }))
}
