/// The X of the smallest norm that minimizes ‖A X − B‖, by the pseudo-inverse.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`, of any rank.
///   - b: `[..., m, k]`, or a vector `[m]`.
///   - tolerance: Below which part of the largest a singular value counts as zero; see `pseudoInverse`.
/// - Returns: `[..., n, k]`, or `[n]`.
public func leastSquares(_ a: Tensor, _ b: Tensor, tolerance: Double? = nil) -> Tensor {
  matmul(pseudoInverse(a, tolerance: tolerance), b)
}
