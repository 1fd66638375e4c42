import HebbCore

extension PrimitiveCase {
  /// Numbers that lie apart, so that matrices with them on the diagonal are far from degenerate.
  private static func spread(_ n: Int, like x: Tensor) -> Tensor {
    let numbers = (0..<n * n).map { $0 % (n + 1) == 0 ? 3 + 2.5 * Double($0 / (n + 1)) : 0 }
    return Tensor(numbers, shape: [n, n]).cast(to: x.dtype)
  }

  private static func spectrum(_ z: ComplexTensor) -> Tensor { stack([z.real, z.imaginary]) }

  /// Factorizations, solutions, Fourier transforms.
  static let linearAlgebra: [PrimitiveCase] = [
    .init("eigh values", [[2, 4, 4]]) { eigh($0[0] + spread(4, like: $0[0])).values },
    .init("eigh vectors", [[3, 3]]) { eigh($0[0] + spread(3, like: $0[0])).vectors },
    .init("eig", [[3, 3]], differentiable: false) {
      let (values, vectors) = eig($0[0] + spread(3, like: $0[0]))
      return concatenate(
        [values.real, values.imaginary, vectors.real.flattened(), vectors.imaginary.flattened()])
    },
    .init("eig of a rotation", [[2, 2]], differentiable: false) {
      // a + 2 [[0, −3], [3, 0]] has complex values.
      let turn = Tensor([0.0, -6, 6, 0] as [Double], shape: [2, 2]).cast(to: $0[0].dtype)
      let (values, vectors) = eig($0[0] + turn)
      return concatenate(
        [values.real, values.imaginary, vectors.real.flattened(), vectors.imaginary.flattened()])
    },
    .init("svd values", [[2, 5, 3]]) { svd($0[0]).s },
    .init("svd tall", [[4, 3]]) {
      let top = spread(3, like: $0[0]).padded(before: [0, 0], after: [1, 0])
      let f = svd($0[0] + top)
      return concatenate([f.u.flattened(), f.s, f.vTransposed.flattened()])
    },
    .init("svd wide", [[2, 3]]) {
      let left = spread(2, like: $0[0]).padded(before: [0, 0], after: [0, 1])
      let f = svd($0[0] + left)
      return concatenate([f.u.flattened(), f.s, f.vTransposed.flattened()])
    },
    .init("qr", [[2, 4, 3]]) {
      let (q, r) = qr($0[0])
      return concatenate([q, r], axis: 1)
    },
    .init("qr wide", [[2, 4]]) {
      let (q, r) = qr($0[0])
      return concatenate([q.flattened(), r.flattened()])
    },
    .init("qr complete", [[4, 2]], differentiable: false) {
      let (q, r) = qr($0[0], isComplete: true)
      return matmul(square(q), square(r))
    },
    .init("cholesky", [[2, 3, 3]]) {
      cholesky(matmul($0[0], $0[0].transposed()) + spread(3, like: $0[0]))
    },
    .init("lu", [[2, 3, 3]]) {
      let (_, l, u) = lu($0[0])
      return l + 2 * u
    },
    .init("lu tall", [[4, 2]], differentiable: false) {
      let (p, l, u) = lu($0[0])
      return matmul(p, matmul(l, u)) + matmul(l, u) * 2
    },
    .init("lu wide", [[2, 4]], differentiable: false) {
      let (_, l, u) = lu($0[0])
      return matmul(l, u) + u
    },
    .init("solve", [[2, 3, 3], [3, 2]]) { solve($0[0] + spread(3, like: $0[0]), $0[1]) },
    .init("solve vector", [[3, 3], [3]]) { solve($0[0] + spread(3, like: $0[0]), $0[1]) },
    .init("triangularSolve lower", [[3, 3], [2, 3, 2]]) {
      triangularSolve($0[0] + spread(3, like: $0[0]), $0[1], isUpper: false)
    },
    .init("triangularSolve upper", [[2, 3, 3], [3, 2]]) {
      triangularSolve($0[0], $0[1], isUpper: true, hasUnitDiagonal: true)
    },
    .init("leastSquares", [[5, 3], [5, 2]]) { leastSquares($0[0], $0[1]) },
    .init("inverse", [[3, 3]]) { inverse($0[0] + spread(3, like: $0[0])) },
    .init("pseudoInverse", [[3, 4]]) {
      let left = spread(3, like: $0[0]).padded(before: [0, 0], after: [0, 1])
      return pseudoInverse($0[0] + left)
    },
    .init("determinant", [[2, 3, 3]]) { determinant($0[0]) },
    .init("logDeterminant", [[2, 3, 3]]) { logDeterminant($0[0]).logarithm },
    .init("matrixExponential", [[2, 3, 3]]) { matrixExponential(0.5 * $0[0]) },
    .init("matrixExponential squared", [[3, 3]], prepare: { 2 * $0 }) {
      matrixExponential($0[0]) * 0.01
    },
    .init("matrixPower", [[3, 3]]) { matrixPower(0.5 * $0[0], 5) },
    .init("matrixPower negative", [[2, 2]]) { matrixPower($0[0] + spread(2, like: $0[0]), -2) },
    .init("matrixRank", [[4, 2], [2, 4]], differentiable: false) {
      matrixRank(matmul($0[0], $0[1]), tolerance: 1e-4)
    },
    .init("matrixNorm nuclear", [[3, 4]]) { matrixNorm($0[0], .nuclear) },
    .init("matrixNorm spectral", [[3, 4]]) { matrixNorm($0[0], .spectral) },
    .init("matrixNorm frobenius", [[2, 3, 4]]) { matrixNorm($0[0]) },
    .init("fft", [[3, 12], [3, 12]]) { spectrum(fft(ComplexTensor($0[0], $0[1]))) },
    .init("fft of a prime length", [[17], [17]]) { spectrum(fft(ComplexTensor($0[0], $0[1]))) },
    .init("fft of seven times five", [[35], [35]]) {
      spectrum(fft(ComplexTensor($0[0], $0[1])))
    },
    .init("ifft", [[4, 6], [4, 6]]) { spectrum(ifft(ComplexTensor($0[0], $0[1]), axis: 0)) },
    .init("rfft", [[2, 9]]) { spectrum(rfft($0[0])) },
    .init("irfft", [[2, 5], [2, 5]]) { irfft(ComplexTensor($0[0], $0[1])) },
    .init("fft2", [[4, 6]]) { spectrum(fftshift(fft2($0[0]))) },
    .init("matmul many", [[3, 40, 33], [3, 33, 35]], differentiable: false) {
      matmul($0[0], $0[1])
    },
    .init("matmul large", [[130, 70], [90, 70]], differentiable: false) {
      matmul($0[0], $0[1].transposed())
    },
    .init("matmul columns", [[70, 50], [70, 60]], differentiable: false) {
      matmul($0[0].transposed(), $0[1]).slice(axis: 1, 3..<41)
    },
    .init("withCustomGradient", [[3, 4]]) {
      withCustomGradient([$0[0]]) {
        exp($0[0])
      } backward: { dy, _, y in
        [dy * y]
      }
    },
  ]
}
