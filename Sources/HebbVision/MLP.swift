import HebbCore
import HebbNN

/// A multilayer perceptron with ReLU between its layers,
/// x ↦ Wₙ relu(… relu(W₁ x + b₁) …) + bₙ.
///
/// Shapes: `[batch, ...]`, joined to `[batch, sizes[0]]` → `[batch, sizes.last]`.
///
/// - SeeAlso: Zhang et al., "Dive into Deep Learning", chapter 5, whose network is 784-256-10.
public final class MLP: Layer {
  /// How the weights of the layers begin.
  public enum Start: Sendable, Hashable {
    /// PyTorch's default for linear layers, uniform in ±1/√inputs.
    case standard
    /// Normal with this standard deviation; biases as in PyTorch.
    case normal(standardDeviation: Double)
  }

  /// One layer after the other.
  public let layers: [Linear]
  /// Leaves out units of the hidden layers; empty for none.
  public let dropouts: [Dropout]

  /// A network with random weights.
  ///
  /// - Parameters:
  ///   - sizes: The number of inputs, of the units of each layer, and of outputs; two or more.
  ///   - start: How the weights begin.
  ///   - dropout: The probability that a unit of each hidden layer is left out; empty for none.
  ///   - seed: What they are made from.
  public init(
    sizes: [Int], start: Start = .standard, dropout: [Double] = [], seed: UInt64
  ) {
    precondition(
      sizes.count >= 2 && sizes.allSatisfy { $0 > 0 },
      "MLP: sizes are the inputs and the units of each layer, two positive numbers or more, not \(sizes)"
    )
    precondition(
      dropout.isEmpty || dropout.count == sizes.count - 2,
      "MLP: dropout has one probability for each of the \(sizes.count - 2) hidden layers, not \(dropout)"
    )
    var random = PhiloxGenerator(seed: seed)
    layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      let layer = Linear(inputs: inputs, outputs: outputs, using: &random)
      if case .normal(let deviation) = start {
        let normal = Initializer.normal(standardDeviation: deviation)
        layer.weight = normal(layer.weight.shape, using: &random)
      }
      return layer
    }
    dropouts = dropout.map { Dropout($0, using: &random) }
  }

  /// The outputs; no activation after the last layer.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var hidden = x.flattened(from: 1)
    for (index, layer) in layers.dropLast().enumerated() {
      hidden = relu(layer(hidden))
      if !dropouts.isEmpty { hidden = dropouts[index](hidden) }
    }
    return layers[layers.count - 1](hidden)
  }
}
