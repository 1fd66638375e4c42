/// Aⁿ of square matrices by repeated squaring; a negative exponent inverts A first, 0 gives the
/// identity.
///
/// - Parameters:
///   - a: `[..., n, n]`, `float32` or `float64`.
///   - exponent: Any integer.
/// - Returns: The shape of A.
public func matrixPower(_ a: Tensor, _ exponent: Int) -> Tensor {
  do throws(TensorError) {
    let n = try MatrixRule.square("matrixPower", a.type)
    if exponent == 0 { return Tensor.identity(n, dtype: a.dtype).broadcast(to: a.shape) }
  } catch { trap(error) }
  var square = exponent < 0 ? inverse(a) : a
  var rest = exponent.magnitude
  var result: Tensor?
  while rest > 0 {
    if rest & 1 == 1 { result = result.map { matmul($0, square) } ?? square }
    rest >>= 1
    if rest > 0 { square = matmul(square, square) }
  }
  return result ?? a
}

/// The number of singular values above `tolerance` σ₁.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`.
///   - tolerance: Relative to the largest singular value; max(m, n) times the type's spacing where nil.
/// - Returns: `int64`, `[...]`.
public func matrixRank(_ a: Tensor, tolerance: Double? = nil) -> Tensor {
  let s = svd(a).s
  return (s .> threshold(s, for: a, tolerance)).cast(to: .int64).sum(axes: [-1])
}
