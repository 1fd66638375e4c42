/// Eigenvalues and eigenvectors of symmetric matrices, A = V diag(λ) Vᵀ, packed as λ and then V.
public struct SymmetricEigen: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "eigh" }

  /// `[..., n, n]` → `[..., n + n²]`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let n = try MatrixRule.square(name, inputs[0])
    return MatrixRule.packed(inputs[0], n + n * n)
  }

  /// dA = V (diag(dλ) + F ∘ (Vᵀ dV)) Vᵀ with F = 1 / (λⱼ − λᵢ) off the diagonal.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let n = inputs[0].shape[inputs[0].rank - 1]
    let (values, v) = (output.unpacked(0, [n]), output.unpacked(n, [n, n]))
    let (dValues, dV) = (cotangent.unpacked(0, [n]), cotangent.unpacked(n, [n, n]))
    let one = Tensor.identity(n, dtype: v.dtype)
    let gaps = values.expandingShape(at: -2) - values.expandingShape(at: -1)
    let turn = quotient(matmul(v.transposed(), dV) * (1 - one), gaps)
    return [matmul(matmul(v, dValues.diagonalMatrix() + turn), v.transposed())]
  }

  /// Jacobi's rotations, until nothing is left beside the diagonal.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let (values, vectors) = Self.jacobi(a.matrix(index))
        return values + vectors.elements
      }, type)
  }

  static func jacobi(_ matrix: HostMatrix) -> (values: [Double], vectors: HostMatrix) {
    let n = matrix.rows
    guard matrix.isFinite else {
      let nan = HostMatrix(n, n, Array(repeating: .nan, count: n * n))
      return (Array(repeating: .nan, count: n), nan)
    }
    var a = matrix
    var v = HostMatrix.identity(n)
    for _ in 0..<100 {
      var isDiagonal = true
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) where abs(a[p, q]) > 1e-300 {
          if abs(a[p, q]) > 1e-17 * (abs(a[p, p]) + abs(a[q, q])) { isDiagonal = false }
          let theta = (a[q, q] - a[p, p]) / (2 * a[p, q])
          let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          a.rotateColumns(p, q, c, t * c)
          a = a.transposed
          a.rotateColumns(p, q, c, t * c)
          v.rotateColumns(p, q, c, t * c)
        }
      }
      if isDiagonal { break }
    }
    let order = (0..<n).sorted { a[$0, $0] < a[$1, $1] }
    return (order.map { a[$0, $0] }, v.reordered(order))
  }
}

/// The eigenvalues and eigenvectors of symmetric matrices, A = V diag(λ) Vᵀ.
///
/// Of a matrix that is not symmetric the symmetric part (A + Aᵀ) / 2 is taken. In each eigenvector the
/// element of the largest magnitude is positive. The gradient with respect to the vectors exists where
/// no two eigenvalues are equal. A matrix with NaN or infinity gives NaN.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: The values in ascending order, `[..., n]`, and the vectors as columns, `[..., n, n]`.
public func eigh(_ a: Tensor) -> (values: Tensor, vectors: Tensor) {
  guard a.rank >= 2, a.shape[a.rank - 1] == a.shape[a.rank - 2] else {
    return (record(SymmetricEigen(), a), a)  // The shape rule stops with its sentence.
  }
  let packed = record(SymmetricEigen(), a.symmetricPart())
  let n = a.shape[a.rank - 1]
  let vectors = packed.unpacked(n, [n, n])
  return (packed.unpacked(0, [n]), n == 0 ? vectors : vectors * columnSigns(vectors))
}
