/// The solution X of T X = B for triangular T; the other triangle of T is not read.
public struct TriangularSolve: Primitive {
  /// Whether T is upper triangular.
  public let isUpper: Bool
  /// Whether the diagonal of T is taken as ones.
  public let hasUnitDiagonal: Bool

  package init(isUpper: Bool, hasUnitDiagonal: Bool) {
    self.isUpper = isUpper
    self.hasUnitDiagonal = hasUnitDiagonal
  }

  /// The operation's name.
  public var name: String { "triangularSolve" }

  /// The shape of B.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try LinearSolve.check(name, inputs[0], inputs[1])
    return inputs[1]
  }

  /// dB = T⁻ᵀ dX, dT = −the triangle of dB Xᵀ.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let dB = record(
      TriangularSolve(isUpper: !isUpper, hasUnitDiagonal: hasUnitDiagonal),
      inputs[0].transposed(), cotangent)
    let dT = -matmul(dB, output.transposed())
    let edge = hasUnitDiagonal ? 1 : 0
    return [isUpper ? dT.upperTriangle(edge) : dT.lowerTriangle(-edge), dB]
  }

  /// Substitution, row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (a, b) = (inputs[0], inputs[1])
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let t = a.matrix(index)
        var x = b.matrix(index)
        for row in isUpper ? Array((0..<t.rows).reversed()) : Array(0..<t.rows) {
          for column in 0..<x.columns {
            var rest = x[row, column]
            for k in isUpper ? row + 1..<max(t.rows, row + 1) : 0..<row {
              rest -= t[row, k] * x[k, column]
            }
            x[row, column] = hasUnitDiagonal ? rest : rest / t[row, row]
          }
        }
        return x.elements
      }, type)
  }

  /// Which triangle, and whether its diagonal counts.
  public func sign(_ signature: inout Signature) {
    signature.append(isUpper)
    signature.append(hasUnitDiagonal)
  }
}

/// The solution X of T X = B for triangular T; the other triangle of T is not read. Outer axes
/// broadcast. A zero on the diagonal gives infinity or NaN.
///
/// - Parameters:
///   - t: `[..., n, n]`, `float32` or `float64`.
///   - b: `[..., n, k]`.
///   - isUpper: Whether T is upper triangular, else lower.
///   - hasUnitDiagonal: Whether the diagonal is taken as ones and not read.
/// - Returns: X, `[..., n, k]`.
public func triangularSolve(
  _ t: Tensor, _ b: Tensor, isUpper: Bool, hasUnitDiagonal: Bool = false
) -> Tensor {
  let (t, b) = MatrixRule.broadcastOuter("triangularSolve", t, b)
  return record(TriangularSolve(isUpper: isUpper, hasUnitDiagonal: hasUnitDiagonal), t, b)
}
