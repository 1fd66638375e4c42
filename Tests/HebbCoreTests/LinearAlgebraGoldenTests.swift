import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// Linear algebra and Fourier transforms against PyTorch and NumPy (`Tools/golden/linear.py`).
@Suite struct LinearAlgebraGoldenTests {
  let file: [String: Tensor]

  init() throws { file = try SafeTensors(path: goldenPath("linear")).tensors() }

  struct Case: Sendable, CustomStringConvertible {
    let name: String
    let inputs: [String]
    let function: @Sendable ([Tensor]) -> Tensor

    init(
      _ name: String, _ inputs: [String] = ["input"],
      _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
      (self.name, self.inputs, self.function) = (name, inputs, function)
    }

    var description: String { name }
  }

  private static func weights(_ count: Int, _ like: Tensor) -> Tensor {
    Tensor.range(count, dtype: like.dtype) + 1
  }

  private static func pairs(_ z: ComplexTensor) -> Tensor {
    stack([z.real, z.imaginary], axis: -1)
  }

  private static func complex(_ x: [Tensor]) -> ComplexTensor { ComplexTensor(x[0], x[1]) }

  private static let systems = ["input", "right"]
  private static let parts = ["input", "imaginary"]

  static let cases: [Case] = [
    Case("eigh_values") { eigh($0[0] + $0[0].transposed()).values },
    Case("eigh_vectors") {
      let v = eigh($0[0] + $0[0].transposed()).vectors
      return matmul(v * weights(4, v), v.transposed())
    },
    Case("svd_values") { svd($0[0]).s },
    Case("svd_tall") {
      let f = svd($0[0])
      return matmul(f.u * weights(3, f.u), f.vTransposed)
    },
    Case("svd_wide") {
      let f = svd($0[0])
      return matmul(f.u * weights(3, f.u), f.vTransposed)
    },
    Case("qr_tall") {
      let (q, r) = qr($0[0])
      return matmul(q * weights(3, q), r)
    },
    Case("qr_wide") {
      let (q, r) = qr($0[0])
      return matmul(q * weights(3, q), r)
    },
    Case("cholesky") {
      let one = Tensor.range(4).oneHot(4, dtype: $0[0].dtype)
      return cholesky(matmul($0[0], $0[0].transposed()) + one)
    },
    Case("lu") {
      let (_, l, u) = lu($0[0])
      return l + 2 * u
    },
    Case("solve", systems) { solve($0[0], $0[1]) },
    Case("solve_vector", systems) { solve($0[0], $0[1]) },
    Case("triangular", systems) {
      let one = Tensor.range(4).oneHot(4, dtype: $0[0].dtype)
      return triangularSolve($0[0] + 2 * one, $0[1], isUpper: true)
    },
    Case("lstsq", systems) { leastSquares($0[0], $0[1]) },
    Case("lstsq_wide", systems) { leastSquares($0[0], $0[1]) },
    Case("inverse") { inverse($0[0]) },
    Case("pinv") { pseudoInverse($0[0]) },
    Case("pinv_low_rank", systems) { pseudoInverse(matmul($0[0], $0[1]), tolerance: 1e-5) },
    Case("det") { determinant($0[0]) },
    Case("slogdet") { logDeterminant($0[0]).logarithm },
    Case("expm") { matrixExponential($0[0]) },
    Case("expm_large") { matrixExponential(8 * $0[0]) },
    Case("power") { matrixPower($0[0], 5) },
    Case("power_negative") { matrixPower($0[0], -3) },
    Case("norm_frobenius") { matrixNorm($0[0]) },
    Case("norm_nuclear") { matrixNorm($0[0], .nuclear) },
    Case("norm_spectral") { matrixNorm($0[0], .spectral) },
    Case("norm_one") { matrixNorm($0[0], .one) },
    Case("norm_infinity") { matrixNorm($0[0], .infinity) },
    Case("fft", parts) { pairs(fft(complex($0))) },
    Case("fft_prime", parts) { pairs(fft(complex($0))) },
    Case("ifft", parts) { pairs(ifft(complex($0))) },
    Case("fft_axis", parts) { pairs(fft(complex($0), axis: 0)) },
    Case("rfft_even") { pairs(rfft($0[0])) },
    Case("rfft_odd") { pairs(rfft($0[0])) },
    Case("irfft_even", parts) { irfft(complex($0)) },
    Case("irfft_odd", parts) { irfft(complex($0), count: 15) },
    Case("fft2", parts) { pairs(fft2(complex($0))) },
    Case("ifft2", parts) { pairs(ifft2(complex($0))) },
  ]

  @Test(arguments: cases, [DType.float32, .float64])
  func agreesWithPyTorch(_ row: Case, _ dtype: DType) throws {
    func golden(_ key: String) throws -> Tensor {
      try #require(file["\(row.name)/\(key)"], "\(row.name)/\(key) is missing")
    }
    let sources = try row.inputs.map { try golden($0).cast(to: dtype).source() }
    let value = row.function(sources)
    let cotangent = try golden("cotangent").cast(to: dtype)
    let slopes = gradients(of: value, for: sources, cotangent: cotangent)
    // Two near eigenvalues cost the most; PyTorch in single precision is off by as much.
    let tolerance = dtype == .float64 ? 1e-10 : 3e-5
    expectClose(value, try golden("output"), within: tolerance, "output")
    for (name, slope) in zip(row.inputs, slopes) {
      expectClose(slope, try golden("grad_\(name)"), within: tolerance, "gradient of \(name)")
    }
  }

  @Test func eigenvaluesAgreeWithNumPy() throws {
    let matrix = try #require(file["eig/input"])
    let (values, vectors) = eig(matrix)
    expectClose(values.real, try #require(file["eig/real"]), within: 1e-12)
    expectClose(values.imaginary, try #require(file["eig/imaginary"]), within: 1e-12)
    // A V = V diag(λ), each vector of length 1.
    let left = matmul(ComplexTensor(matrix), vectors)
    let right = vectors * values
    expectClose(left.real, right.real, within: 1e-12)
    expectClose(left.imaginary, right.imaginary, within: 1e-12)
    expectClose(vectors.squaredMagnitude.sum(axes: [0]), .ones([5], dtype: .float64), within: 1e-13)
  }

  @Test func jacobianAndHessianOfANetworkAgreeWithPyTorch() throws {
    let (w1, w2) = (try #require(file["network/w1"]), try #require(file["network/w2"]))
    let x = try #require(file["network/x"])
    func network(_ x: Tensor) -> Tensor { tanh(matmul(w2, tanh(matmul(w1, x)))) }
    expectClose(
      jacobian(at: x, of: network), try #require(file["network/jacobian"]), within: 1e-12)
    expectClose(
      hessian(at: x) { square(network($0)).sum() }, try #require(file["network/hessian"]),
      within: 1e-12)
  }
}
