import HebbCore
import HebbNN

/// Linear regression, ŷ = w · x + b.
///
/// Shapes: `[batch, inputs]` → `[batch, 1]`.
///
/// - SeeAlso: Zhang et al., "Dive into Deep Learning", §3.4 and §3.5.
public final class LinearRegression: Layer {
  /// w, as `[1, inputs]`, and b.
  public let linear: Linear

  /// A model with weights from N(0, 0.01²) and b = 0, as the book has them.
  ///
  /// - Parameters:
  ///   - inputs: The number of features.
  ///   - seed: What the weights are made from.
  public init(inputs: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    linear = Linear(inputs: inputs, outputs: 1, using: &random)
    let normal = Initializer.normal(standardDeviation: 0.01)
    linear.weight = normal(linear.weight.shape, using: &random)
    linear.bias = .zeros([1])
  }

  /// The predictions.
  public func callAsFunction(_ x: Tensor) -> Tensor { linear(x) }
}
