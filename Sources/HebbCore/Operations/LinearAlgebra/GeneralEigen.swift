/// Eigenvalues and eigenvectors of general matrices, packed as Re λ, Im λ, Re V, Im V.
public struct GeneralEigen: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "eig" }

  /// `[..., n, n]` → `[..., 2 n + 2 n²]`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let n = try MatrixRule.square(name, inputs[0])
    return MatrixRule.packed(inputs[0], 2 * n + 2 * n * n)
  }

  /// There is none: stops the program, rather than let a gradient vanish silently.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    trap(
      TensorError(
        "eig: the eigenvalues of general matrices have no gradient here; use eigh for symmetric "
          + "matrices, or stopGradient"))
  }

  /// The order in which values are returned: by real part, descending, then by imaginary part.
  package static func order(_ real: [Double], _ imaginary: [Double]) -> [Int] {
    let scale = zip(real, imaginary).reduce(0) { max($0, abs($1.0), abs($1.1)) }
    return real.indices.sorted {
      // Conjugate values may differ in the last bits of the real part.
      if abs(real[$0] - real[$1]) > 1e-9 * scale { return real[$0] > real[$1] }
      return imaginary[$0] > imaginary[$1]
    }
  }

  /// QR steps with shifts on complex numbers, then inverse iteration for each vector.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let matrix = a.matrix(index)
        guard matrix.isFinite else {
          return Array(repeating: .nan, count: type.shape[type.shape.rank - 1])
        }
        return ComplexMatrix(matrix).eigen()
      }, type)
  }
}

/// The eigenvalues and eigenvectors of general real matrices, A V = V diag(λ), which are complex.
///
/// Values come in descending order of the real part, then of the imaginary part. Each vector has length
/// 1, and its element of the largest magnitude is real and positive. There is no gradient; for symmetric
/// matrices use `eigh`. A matrix with NaN or infinity, or one whose iteration does not converge, gives
/// NaN.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: The values `[..., n]` and the vectors as columns, `[..., n, n]`.
public func eig(_ a: Tensor) -> (values: ComplexTensor, vectors: ComplexTensor) {
  let packed = record(GeneralEigen(), a)
  let n = a.shape[a.rank - 1]
  let values = ComplexTensor(packed.unpacked(0, [n]), packed.unpacked(n, [n]))
  let v = ComplexTensor(
    packed.unpacked(2 * n, [n, n]), packed.unpacked(2 * n + n * n, [n, n]))
  guard n > 0 else { return (values, v) }
  let magnitude = square(v.real) + square(v.imaginary)
  let largest = magnitude.argMax(axis: -2).expandingShape(at: -2)
  let axis = v.real.rank - 2
  let (x, y) = (
    v.real.takingAlong(largest, axis: axis), v.imaginary.takingAlong(largest, axis: axis)
  )
  let length = rsqrt(square(x) + square(y))
  return (values, v * ComplexTensor(x * length, -(y * length)))
}
