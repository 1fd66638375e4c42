import HebbCore
import HebbNN

/// The network of Saito's "Deep Learning from Scratch", chapter 6 (`MultiLayerNetExtend`): linear
/// layers with batch normalization where asked for, ReLU, and dropout where asked for, so that
/// initialization and regularization can be compared.
///
/// Shapes: `[batch, ...]`, joined to `[batch, inputs]` → logits `[batch, outputs]`.
public final class MultiLayerNet: Layer {
  /// How weights begin: normal with mean 0 and a standard deviation for n inputs; biases begin at 0.
  public enum Start: Sendable, Hashable {
    /// One standard deviation for all layers.
    case normal(Double)
    /// √(1/n), the book's Xavier.
    case xavier
    /// √(2/n), He's.
    case he

    /// The standard deviation of a layer with so many inputs.
    func standardDeviation(inputs: Int) -> Double {
      switch self {
      case .normal(let deviation): deviation
      case .xavier: (1 / Double(inputs)).squareRoot()
      case .he: (2 / Double(inputs)).squareRoot()
      }
    }
  }

  /// One layer after the other.
  public let layers: [Linear]
  /// Normalizes the hidden units before ReLU; empty for none.
  public let norms: [BatchNorm]
  /// Leaves out hidden units, scaled in use as the book has it; empty for none.
  public let dropouts: [Dropout]

  /// A network with random weights.
  ///
  /// - Parameters:
  ///   - sizes: The number of inputs, of the units of each hidden layer, and of outputs.
  ///   - start: How the weights begin.
  ///   - batchNorm: Whether the hidden units are normalized.
  ///   - dropout: The probability that a hidden unit is left out; nil for none.
  ///   - seed: What the weights are made from.
  public init(
    sizes: [Int], start: Start, batchNorm: Bool = false, dropout: Double? = nil, seed: UInt64
  ) {
    var random = PhiloxGenerator(seed: seed)
    layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      let layer = Linear(inputs: inputs, outputs: outputs, using: &random)
      let deviation = start.standardDeviation(inputs: inputs)
      let normal = Initializer.normal(standardDeviation: deviation)
      layer.weight = normal(layer.weight.shape, using: &random)
      layer.bias = .zeros([outputs])
      return layer
    }
    let hidden = sizes.dropFirst().dropLast()
    // The book's ε: with the smallest weights, PyTorch's would count beside the variance.
    norms = batchNorm ? hidden.map { BatchNorm(channels: $0, epsilon: 1e-6) } : []
    dropouts =
      dropout.map { probability in
        hidden.map { _ in Dropout(probability, scaling: .inUse, using: &random) }
      } ?? []
  }

  /// The logits; no activation after the last layer.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var hidden = x.flattened(from: 1)
    for (index, layer) in layers.dropLast().enumerated() {
      hidden = layer(hidden)
      if !norms.isEmpty { hidden = norms[index](hidden) }
      hidden = relu(hidden)
      if !dropouts.isEmpty { hidden = dropouts[index](hidden) }
    }
    return layers[layers.count - 1](hidden)
  }

  /// The penalty λ/2 Σ ‖W‖² of the weights, without the biases.
  public func penalty(_ lambda: Double) -> Tensor {
    let squares = layers.map { square($0.weight).sum() }
    return squares.dropFirst().reduce(squares[0], +) * (lambda / 2)
  }
}
