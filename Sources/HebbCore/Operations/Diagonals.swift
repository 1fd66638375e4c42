/// Triangles, diagonals and regular grids.

extension Tensor {
  /// Column index minus row index of the last two axes.
  private func distanceFromDiagonal(_ name: String) -> Tensor {
    guard rank >= 2 else { trap(TensorError("\(name): needs a matrix, not \(shape)")) }
    return Tensor.range(shape[rank - 1]) - Tensor.range(shape[rank - 2]).expandingShape(at: 1)
  }

  /// The elements of the last two axes on and above a diagonal, zeros elsewhere, as in `torch.triu`.
  ///
  /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
  /// - Returns: The shape of this tensor.
  public func upperTriangle(_ diagonal: Int = 0) -> Tensor {
    let distance = distanceFromDiagonal("upperTriangle")
    return select(distance .>= Double(diagonal), self, filled(with: 0))
  }

  /// The elements of the last two axes on and below a diagonal, zeros elsewhere, as in `torch.tril`.
  ///
  /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
  /// - Returns: The shape of this tensor.
  public func lowerTriangle(_ diagonal: Int = 0) -> Tensor {
    let distance = distanceFromDiagonal("lowerTriangle")
    return select(distance .<= Double(diagonal), self, filled(with: 0))
  }

  /// The elements of a diagonal of two axes, as in `torch.diagonal`: a view.
  ///
  /// - Parameters:
  ///   - offset: 0 for the main one, positive above it, negative below.
  ///   - first: The axis of rows.
  ///   - second: The axis of columns.
  /// - Returns: The shape without the two axes and with the diagonal innermost.
  public func diagonal(offset: Int = 0, axes first: Int = 0, _ second: Int = 1) -> Tensor {
    let (a, b) = (resolvedAxis(first, "diagonal"), resolvedAxis(second, "diagonal"))
    guard a != b else { trap(TensorError("diagonal: axis \(first) of \(shape) is named twice")) }
    let (n, m) = (shape[a], shape[b])
    let length = Swift.max(offset >= 0 ? Swift.min(n, m - offset) : Swift.min(n + offset, m), 0)
    let others = (0..<rank).filter { $0 != a && $0 != b }
    let outer = others.map { shape[$0] }
    let rows = permuted(others + [a, b]).reshaped(to: Shape(outer + [n * m]))
    let start = length == 0 ? 0 : offset >= 0 ? offset : -offset * m
    return record(
      Slice(
        starts: Array(repeating: 0, count: outer.count) + [start], sizes: Shape(outer + [length]),
        steps: Array(repeating: 1, count: outer.count) + [m + 1]), rows)
  }

  /// Square matrices with the innermost axis on a diagonal and zeros elsewhere, as in
  /// `torch.diag_embed`: `[..., k]` → `[..., k + |offset|, k + |offset|]`.
  public func diagonalMatrix(offset: Int = 0) -> Tensor {
    guard rank >= 1 else { trap(TensorError("diagonalMatrix: a scalar has no axis")) }
    let outer = Array(shape[..<(rank - 1)])
    let size = shape[rank - 1] + Swift.abs(offset)
    let start = shape[rank - 1] == 0 ? 0 : offset >= 0 ? offset : -offset * size
    let insert = SliceInsert(
      shape: Shape(outer + [size * size]),
      starts: Array(repeating: 0, count: outer.count) + [start],
      steps: Array(repeating: 1, count: outer.count) + [size + 1])
    return record(insert, self).reshaped(to: Shape(outer + [size, size]))
  }

  /// The sum of the diagonal of the last two axes.
  public func trace() -> Tensor { diagonal(axes: -2, -1).sum(axes: [-1]) }

  /// Ones on the main diagonal, zeros elsewhere: `[rows, columns]`, square unless said otherwise.
  public static func identity(
    _ rows: Int, columns: Int? = nil, dtype: DType = .float32
  ) -> Tensor {
    let column = Tensor.range(columns ?? rows)
    return (Tensor.range(rows).expandingShape(at: 1) .== column).cast(to: dtype)
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linearSpace(
    from start: Double, to end: Double, count: Int, dtype: DType = .float32
  ) -> Tensor {
    precondition(count >= 0, "linearSpace: count \(count) must not be negative")
    let step = count > 1 ? (end - start) / Double(count - 1) : 0
    // From both ends, so that both are exact.
    let numbers = (0..<count).map { i -> Double in
      i < (count + 1) / 2 ? start + step * Double(i) : end - step * Double(count - 1 - i)
    }
    return Tensor(numbers).cast(to: dtype)
  }

  /// start, start + step, ... up to but without `end`, as in `torch.arange`: ⌈(end − start) / step⌉
  /// numbers.
  public static func range(
    from start: Double, to end: Double, by step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    let size = ((end - start) / step).rounded(.up)
    precondition(
      size.isFinite && size >= 0 && size < 0x1p40,
      "range: from \(start) to \(end) by \(step) does not end")
    return Tensor((0..<Int(size)).map { start + step * Double($0) }).cast(to: dtype)
  }
}

/// In which order the axes of a grid come.
public enum GridOrder: Sendable, Hashable {
  /// Axis i of the grid is that of tensor i (`ij`).
  case matrix
  /// The first two are exchanged (`xy`).
  case cartesian
}

/// The coordinates of a grid: for vectors of n, m, ... elements, tensors `[n, m, ...]` of which
/// number i changes along axis i only, as in `torch.meshgrid`.
public func meshGrid(_ vectors: [Tensor], order: GridOrder = .matrix) -> [Tensor] {
  precondition(vectors.allSatisfy { $0.rank <= 1 }, "meshGrid: needs vectors")
  let shape = Shape(vectors.map(\.count))
  let grids = vectors.enumerated().map { axis, vector -> Tensor in
    var sizes = Array(repeating: 1, count: vectors.count)
    sizes[axis] = vector.count
    return vector.reshaped(to: Shape(sizes)).broadcast(to: shape)
  }
  if order == .matrix || vectors.count < 2 { return grids }
  return grids.map { $0.transposed(0, 1) }
}
