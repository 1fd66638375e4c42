/// Gauss's elimination with row exchanges, P A = L U, packed as L and U in one matrix (the ones on the
/// diagonal of L left out), the order of the rows, and the sign of that order.
public struct LUFactors: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "lu" }

  /// `[..., m, n]` → `[..., m n + m + 1]`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (m, n) = try MatrixRule.matrix(name, inputs[0])
    return MatrixRule.packed(inputs[0], m * n + m + 1)
  }

  /// dA = Pᵀ L⁻ᵀ (tril₋₁(Lᵀ dL) + triu(dU Uᵀ)) U⁻ᵀ; square matrices only.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (m, n) = (inputs[0].shape[inputs[0].rank - 2], inputs[0].shape[inputs[0].rank - 1])
    guard m == n else {
      trap(
        TensorError("lu: the gradient needs square matrices, not shape \(inputs[0].shape)"))
    }
    let (factors, d) = (output.unpacked(0, [n, n]), cotangent.unpacked(0, [n, n]))
    let (l, u) = (Self.lower(factors), factors.upperTriangle())
    let inner =
      matmul(l.transposed(), d.lowerTriangle(-1)).lowerTriangle(-1)
      + matmul(d.upperTriangle(), u.transposed()).upperTriangle()
    let left = triangularSolve(l.transposed(), inner, isUpper: true)
    let both = triangularSolve(u, left.transposed(), isUpper: true).transposed()
    return [matmul(Self.permutation(output.unpacked(n * n, [n])).transposed(), both)]
  }

  /// L of square factors.
  static func lower(_ factors: Tensor) -> Tensor {
    factors.lowerTriangle(-1)
      + Tensor.identity(factors.shape[factors.rank - 1], dtype: factors.dtype)
  }

  /// The matrix that puts rows into an order, P[i, order[i]] = 1.
  static func permutation(_ order: Tensor) -> Tensor {
    stopGradient(order).cast(to: .int64).oneHot(order.shape[order.rank - 1], dtype: order.dtype)
  }

  /// Column by column; the largest element on or below the diagonal becomes the pivot.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let (factors, order, sign) = Self.eliminate(a.matrix(index))
        return factors.elements + order.map(Double.init) + [sign]
      }, type)
  }

  static func eliminate(
    _ matrix: HostMatrix
  ) -> (factors: HostMatrix, order: [Int], sign: Double) {
    var a = matrix
    var order = Array(0..<a.rows)
    var sign = 1.0
    for k in 0..<min(a.rows, a.columns) {
      let pivot = (k..<a.rows).reduce(k) { abs(a[$1, k]) > abs(a[$0, k]) ? $1 : $0 }
      if pivot != k {
        a.swapRows(k, pivot)
        order.swapAt(k, pivot)
        sign = -sign
      }
      if a[k, k] == 0 { continue }
      for i in k + 1..<max(a.rows, k + 1) {
        a[i, k] /= a[k, k]
        for j in k + 1..<max(a.columns, k + 1) { a[i, j] -= a[i, k] * a[k, j] }
      }
    }
    return (a, order, sign)
  }
}

/// The factorization A = P L U: P a permutation, L lower triangular with ones on its diagonal, U upper
/// triangular.
///
/// - Parameter a: `[..., m, n]`, `float32` or `float64`. Gradients exist for square matrices.
/// - Returns: P, `[..., m, m]`; L, `[..., m, k]`; U, `[..., k, n]` with k = min(m, n).
public func lu(_ a: Tensor) -> (permutation: Tensor, lower: Tensor, upper: Tensor) {
  let packed = record(LUFactors(), a)
  let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
  let k = min(m, n)
  let factors = packed.unpacked(0, [m, n])
  let order = packed.unpacked(m * n, [m])
  let ones = (Tensor.range(m).expandingShape(at: 1) .== Tensor.range(k)).cast(to: a.dtype)
  let lower = factors.slice(axis: -1, 0..<k).lowerTriangle(-1) + ones
  let upper = factors.slice(axis: -2, 0..<k).upperTriangle()
  return (LUFactors.permutation(order).transposed(), lower, upper)
}
