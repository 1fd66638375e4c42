/// Whitening that stays closest to the data: y = (x − μ) W with W = V diag(1/√(λ + ε)) Vᵀ from the
/// covariance Σ = V diag(λ) Vᵀ, so that the covariance of y is the identity and W is symmetric.
///
/// - SeeAlso: Bell & Sejnowski 1997; Krizhevsky 2009, appendix A.
public struct ZCAWhitening: Sendable {
  /// μ, `[features]`.
  public let mean: Tensor
  /// W, `[features, features]`.
  public let matrix: Tensor

  /// The transform for some data; computed at once.
  ///
  /// - Parameters:
  ///   - x: `[samples, features]`, at least two samples.
  ///   - epsilon: ε, what keeps directions without variance from being blown up.
  public init(fitting x: Tensor, epsilon: Double = 1e-5) {
    guard x.rank == 2, x.shape[0] >= 2 else {
      trap(
        TensorError("ZCAWhitening: needs [samples, features], two samples or more, not \(x.shape)"))
    }
    let mean = x.mean(axes: [0])
    let centered = x - mean
    let covariance = matmul(centered.transposed(), centered) * (1 / Double(x.shape[0] - 1))
    let (values, vectors) = eigh(covariance)
    // Rounding may leave an eigenvalue of zero below it.
    let scales = rsqrt(maximum(values, 0) + epsilon)
    let matrix = matmul(vectors * scales, vectors.transposed())
    Tensor.evaluate([mean, matrix])
    (self.mean, self.matrix) = (mean, matrix)
  }

  /// The whitened data, `[..., features]` → the same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor { matmul(x - mean, matrix) }

  /// The data whose whitened form is given; exact where ε is small against all variances.
  public func inverted(_ y: Tensor) -> Tensor { matmul(y, inverse(matrix)) + mean }
}
