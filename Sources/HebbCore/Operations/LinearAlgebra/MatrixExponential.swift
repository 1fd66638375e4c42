/// The matrix exponential Σ Aᵏ / k!, by scaling and squaring with the Padé approximant of order 13.
///
/// How often to square depends on the largest norm, which is read: A is computed at once.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: The shape of A.
/// - SeeAlso: Higham 2005, "The scaling and squaring method for the matrix exponential revisited".
public func matrixExponential(_ a: Tensor) -> Tensor {
  do throws(TensorError) {
    _ = try MatrixRule.square("matrixExponential", a.type)
  } catch { trap(error) }
  guard a.count > 0 else { return a }
  let norm = withoutGradients { abs(a).sum(axes: [-2]).max().item() }
  var squarings = 0
  while norm.isFinite, norm > 5.371920351148152 * Double(1 << squarings) { squarings += 1 }
  let x = a * (1 / Double(1 << squarings))
  let x2 = matmul(x, x)
  let x4 = matmul(x2, x2)
  let x6 = matmul(x4, x2)
  let one = Tensor.identity(a.shape[a.rank - 1], dtype: a.dtype)
  let b: [Double] = [
    64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800,
    129_060_195_264_000, 10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920,
    40_840_800, 960_960, 16_380, 182, 1,
  ]
  // All coefficients divided by the first, so that single precision does not overflow.
  let c = b.map { $0 / b[0] }
  func sum(_ first: Int) -> Tensor {
    let high = c[first + 12] * x6 + c[first + 10] * x4 + c[first + 8] * x2
    let low = c[first + 6] * x6 + c[first + 4] * x4 + c[first + 2] * x2
    return matmul(x6, high) + low + c[first] * one
  }
  let odd = matmul(x, sum(1))
  let even = sum(0)
  var result = solve(even - odd, even + odd)
  for _ in 0..<squarings { result = matmul(result, result) }
  return result
}
