import HebbCore
import HebbNN

/// Softmax regression: one linear layer whose outputs are the logits of the classes, o = W x + b.
///
/// Shapes: `[batch, ...]`, joined to `[batch, inputs]` → logits `[batch, classes]`.
///
/// - SeeAlso: Zhang et al., "Dive into Deep Learning", §4.5: 784 inputs, 7,850 parameters.
public final class SoftmaxRegression: Layer {
  /// W and b.
  public let linear: Linear

  /// A model with weights from N(0, 0.01²), as the book has them; biases as in PyTorch.
  ///
  /// - Parameters:
  ///   - inputs: The number of features.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(inputs: Int = 784, classes: Int = 10, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    linear = Linear(inputs: inputs, outputs: classes, using: &random)
    let normal = Initializer.normal(standardDeviation: 0.01)
    linear.weight = normal(linear.weight.shape, using: &random)
  }

  /// The logits.
  public func callAsFunction(_ x: Tensor) -> Tensor { linear(x.flattened(from: 1)) }
}
