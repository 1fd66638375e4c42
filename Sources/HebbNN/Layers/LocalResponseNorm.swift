import HebbCore

/// Normalization over neighbouring channels (AlexNet), y[c] = x[c] / (k + α / size · Σ x[j]²)^β, as
/// PyTorch's `nn.LocalResponseNorm`.
///
/// Shapes: `[batch, channels, ...]` → the same.
/// - SeeAlso: Krizhevsky et al. 2012, §3.3, where α is not divided by the size.
public final class LocalResponseNorm: Layer {
  /// Channels that count.
  public let size: Int
  /// α.
  public let alpha: Double
  /// β.
  public let beta: Double
  /// k.
  public let k: Double

  /// A layer without parameters.
  ///
  /// - Parameters:
  ///   - size: Channels that count.
  ///   - alpha: α.
  ///   - beta: β.
  ///   - k: k; 2 in the paper.
  public init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  /// The normalized x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      localResponseNorm(x, size: size, alpha: alpha, beta: beta, k: k)
    }
  }
}
