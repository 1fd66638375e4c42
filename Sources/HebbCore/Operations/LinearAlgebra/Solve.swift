/// The solution X of A X = B for square A.
public struct LinearSolve: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "solve" }

  /// The shape of B.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try Self.check(name, inputs[0], inputs[1])
    return inputs[1]
  }

  static func check(_ name: String, _ a: TensorType, _ b: TensorType) throws(TensorError) {
    let n = try MatrixRule.square(name, a)
    guard a.dtype == b.dtype else {
      throw TensorError("\(name): the matrix is \(a) and the right side \(b); cast one of them")
    }
    guard b.shape.rank == a.shape.rank, b.shape[b.shape.rank - 2] == n,
      Shape(a.shape.dropLast(2)) == Shape(b.shape.dropLast(2))
    else {
      throw TensorError(
        "\(name): the matrix \(a.shape) has \(n) rows, the right side \(b.shape) does not fit: "
          + "its axis -2 must have size \(n)")
    }
  }

  /// dB = A⁻ᵀ dX, dA = −dB Xᵀ.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let dB = record(LinearSolve(), inputs[0].transposed(), cotangent)
    return [-matmul(dB, output.transposed()), dB]
  }

  /// Elimination with row exchanges, and substitution; NaN where a pivot is zero.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (a, b) = (inputs[0], inputs[1])
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let (factors, order, _) = LUFactors.eliminate(a.matrix(index))
        let (n, right) = (factors.rows, b.matrix(index))
        var x = HostMatrix(n, right.columns)
        guard (0..<n).allSatisfy({ factors[$0, $0] != 0 }) else {
          return Array(repeating: .nan, count: n * right.columns)
        }
        for column in 0..<right.columns {
          for i in 0..<n {
            x[i, column] = (0..<i).reduce(right[order[i], column]) {
              $0 - factors[i, $1] * x[$1, column]
            }
          }
          for i in (0..<n).reversed() {
            let rest = (i + 1..<max(n, i + 1)).reduce(x[i, column]) {
              $0 - factors[i, $1] * x[$1, column]
            }
            x[i, column] = rest / factors[i, i]
          }
        }
        return x.elements
      }, type)
  }
}

/// The solution X of A X = B for square A, by elimination with row exchanges. Outer axes broadcast.
///
/// A singular matrix, one in which a pivot becomes exactly zero, gives NaN; nearly singular ones give
/// large numbers.
///
/// - Parameters:
///   - a: `[..., n, n]`, `float32` or `float64`.
///   - b: `[..., n, k]`, or a vector `[n]`.
/// - Returns: X, in the shape of B.
public func solve(_ a: Tensor, _ b: Tensor) -> Tensor {
  if b.rank == 1 { return solve(a, b.expandingShape(at: 1)).squeezingShape(at: -1) }
  let (a, b) = MatrixRule.broadcastOuter("solve", a, b)
  return record(LinearSolve(), a, b)
}
