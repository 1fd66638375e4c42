/// The lower triangular L with L Lᵀ = A of positive definite matrices; reads the lower triangle.
public struct CholeskyFactor: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "cholesky" }

  /// The type of the matrices.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    _ = try MatrixRule.square(name, inputs[0])
    return inputs[0]
  }

  /// dA = sym(L⁻ᵀ Φ(Lᵀ dL) L⁻¹), Φ the lower triangle with half of the diagonal (Murray 2016).
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let l = output
    let half = matmul(l.transposed(), cotangent).lowerTriangle()
    let phi = 0.5 * (half + half.lowerTriangle(-1))
    let left = triangularSolve(l.transposed(), phi, isUpper: true)
    let both = triangularSolve(l.transposed(), left.transposed(), isUpper: true)
    return [both.symmetricPart()]
  }

  /// Column by column; NaN throughout where a pivot is not positive.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let matrix = a.matrix(index)
        let n = matrix.rows
        var l = HostMatrix(n, n)
        for j in 0..<n {
          for i in j..<n {
            let rest = matrix[i, j] - (0..<j).reduce(0) { $0 + l[i, $1] * l[j, $1] }
            if i == j {
              guard rest > 0 else { return Array(repeating: .nan, count: n * n) }
              l[i, i] = rest.squareRoot()
            } else {
              l[i, j] = rest / l[j, j]
            }
          }
        }
        return l.elements
      }, type)
  }
}

/// The lower triangular L with a positive diagonal for which L Lᵀ = A.
///
/// Of a matrix that is not symmetric the symmetric part (A + Aᵀ) / 2 is taken. A matrix that is not
/// positive definite gives NaN in all its elements.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: L, in the shape of A.
public func cholesky(_ a: Tensor) -> Tensor {
  guard a.rank >= 2, a.shape[a.rank - 1] == a.shape[a.rank - 2] else {
    return record(CholeskyFactor(), a)  // The shape rule stops with its sentence.
  }
  return record(CholeskyFactor(), a.symmetricPart())
}
