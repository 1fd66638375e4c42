/// Singular values and vectors, A = U diag(σ) Vᵀ, packed as U, σ and Vᵀ.
public struct SingularValues: Primitive {
  /// Whether U and V are square, rather than as wide as there are singular values.
  public let isFull: Bool

  package init(isFull: Bool) {
    self.isFull = isFull
  }

  /// The operation's name.
  public var name: String { "svd" }

  /// `[..., m, n]` → `[..., m u + k + v n]` with k = min(m, n) and u, v = k, or m, n if full.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (m, n) = try MatrixRule.matrix(name, inputs[0])
    let k = min(m, n)
    return MatrixRule.packed(inputs[0], isFull ? m * m + k + n * n : m * k + k + k * n)
  }

  /// Townsend 2016, "Differentiating the singular value decomposition"; thin factors only.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (m, n) = (inputs[0].shape[inputs[0].rank - 2], inputs[0].shape[inputs[0].rank - 1])
    let k = min(m, n)
    guard !isFull || m == n else {
      trap(
        TensorError(
          "svd: the full vectors of \(inputs[0].shape) have no gradient, since those beyond the "
            + "first \(k) are free; leave isFull out"))
    }
    func parts(_ packed: Tensor) -> (u: Tensor, s: Tensor, v: Tensor) {
      (
        packed.unpacked(0, [m, k]), packed.unpacked(m * k, [k]),
        packed.unpacked(m * k + k, [k, n]).transposed()
      )
    }
    let (u, s, v) = parts(output)
    let (dU, dS, dV) = parts(cotangent)
    let one = Tensor.identity(k, dtype: u.dtype)
    let (column, row) = (s.expandingShape(at: -1), s.expandingShape(at: -2))
    let gaps = (row - column) * (row + column)
    let (left, right) = (matmul(u.transposed(), dU), matmul(v.transposed(), dV))
    let turnLeft = quotient((left - left.transposed()) * (1 - one), gaps) * row
    let turnRight = column * quotient((right - right.transposed()) * (1 - one), gaps)
    var result = matmul(matmul(u, turnLeft + turnRight + dS.diagonalMatrix()), v.transposed())
    if m > k {
      let outside = quotient(dU - matmul(u, left), row)
      result = result + matmul(outside, v.transposed())
    }
    if n > k {
      let outside = quotient(dV - matmul(v, right), row)
      result = result + matmul(u, outside.transposed())
    }
    return [result]
  }

  /// One-sided Jacobi rotations (Hestenes 1958) until all columns are orthogonal.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let matrix = a.matrix(index)
        guard matrix.isFinite else {
          return Array(repeating: .nan, count: type.shape[type.shape.rank - 1])
        }
        let isWide = matrix.columns > matrix.rows
        let (u, s, v) = Self.jacobi(isWide ? matrix.transposed : matrix, isFull: isFull)
        return isWide
          ? v.elements + s + u.transposed.elements : u.elements + s + v.transposed.elements
      }, type)
  }

  /// Of a matrix with at least as many rows as columns.
  static func jacobi(
    _ matrix: HostMatrix, isFull: Bool
  ) -> (u: HostMatrix, s: [Double], v: HostMatrix) {
    let (m, n) = (matrix.rows, matrix.columns)
    var a = matrix
    var v = HostMatrix.identity(n)
    func dot(_ p: Int, _ q: Int) -> Double { (0..<m).reduce(0) { $0 + a[$1, p] * a[$1, q] } }
    for _ in 0..<100 {
      var isOrthogonal = true
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) {
          let (x, y, mixed) = (dot(p, p), dot(q, q), dot(p, q))
          if abs(mixed) <= 1e-16 * (x * y).squareRoot() || mixed == 0 { continue }
          isOrthogonal = false
          let theta = (y - x) / (2 * mixed)
          let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          a.rotateColumns(p, q, c, t * c)
          v.rotateColumns(p, q, c, t * c)
        }
      }
      if isOrthogonal { break }
    }
    let lengths = (0..<n).map { dot($0, $0).squareRoot() }
    let order = (0..<n).sorted { lengths[$0] > lengths[$1] }
    let scaled = a.reordered(order)
    let s = order.map { lengths[$0] }
    var u = HostMatrix(m, isFull ? m : n)
    for j in 0..<n where s[j] > 1e-15 * (s.first ?? 0) {
      for i in 0..<m { u[i, j] = scaled[i, j] / s[j] }
    }
    completeColumns(&u)
    return (u, s, v.reordered(order))
  }

  /// Fills the columns that are zero so that all are orthonormal.
  private static func completeColumns(_ u: inout HostMatrix) {
    for j in 0..<u.columns where (0..<u.rows).allSatisfy({ u[$0, j] == 0 }) {
      // Of all unit vectors, the one that sticks out of the others' span the most.
      var best = (length: -1.0, vector: [Double]())
      for axis in 0..<u.rows {
        var x = Array(repeating: 0.0, count: u.rows)
        x[axis] = 1
        for _ in 0..<2 {
          for other in 0..<u.columns {
            let part = (0..<u.rows).reduce(0) { $0 + u[$1, other] * x[$1] }
            for i in 0..<u.rows { x[i] -= part * u[i, other] }
          }
        }
        let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > best.length + 1e-9 { best = (length, x.map { $0 / length }) }
      }
      for i in 0..<u.rows { u[i, j] = best.vector[i] }
    }
  }

  /// Whether the vectors are full.
  public func sign(_ signature: inout Signature) { signature.append(isFull) }
}

/// The singular value decomposition A = U diag(σ) Vᵀ.
///
/// In each column of U that belongs to a singular value the element of the largest magnitude is
/// positive. Gradients exist where no two singular values are equal (those of the singular values
/// alone where they are not zero); the full vectors of a matrix that is not square have none. A matrix
/// with NaN or infinity gives NaN.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`.
///   - isFull: Whether U and V are square; else both have k = min(m, n) columns.
/// - Returns: U, `[..., m, k]` or `[..., m, m]`; σ, descending, `[..., k]`; Vᵀ, `[..., k, n]` or
///   `[..., n, n]`.
public func svd(_ a: Tensor, isFull: Bool = false) -> (u: Tensor, s: Tensor, vTransposed: Tensor) {
  let packed = record(SingularValues(isFull: isFull), a)
  let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
  let k = min(m, n)
  let (uColumns, vRows) = isFull ? (m, n) : (k, k)
  let u = packed.unpacked(0, [m, uColumns])
  let s = packed.unpacked(m * uColumns, [k])
  let vTransposed = packed.unpacked(m * uColumns + k, [vRows, n])
  guard k > 0 else { return (u, s, vTransposed) }
  let signs = columnSigns(u.slice(axis: -1, 0..<k))
  func extended(_ count: Int) -> Tensor {
    let more = Shape(Array(signs.shape.dropLast()) + [count - k])
    return count == k ? signs : concatenate([signs, .ones(more, dtype: a.dtype)], axis: -1)
  }
  return (u * extended(uColumns), s, extended(vRows).transposed() * vTransposed)
}
