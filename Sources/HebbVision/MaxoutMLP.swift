import HebbCore
import HebbNN

/// A multilayer perceptron whose hidden units are maxout units, the largest of k linear pieces, with
/// dropout on the input and the hidden units.
///
/// Shapes: `[batch, ...]`, joined to `[batch, inputs]` → logits `[batch, classes]`.
///
/// - SeeAlso: Goodfellow et al. 2013, "Maxout Networks", §5.1: dropout .2 on the input, .5 on the
///   hidden units.
public final class MaxoutMLP: Layer {
  /// Gives the k pieces of each unit of the first hidden layer.
  public let fc1: Linear
  /// Gives the k pieces of each unit of the second hidden layer.
  public let fc2: Linear
  /// The logits.
  public let fc3: Linear
  /// Leaves out inputs.
  public let inputDropout: Dropout
  /// Leaves out hidden units of the first layer.
  public let dropout1: Dropout
  /// Leaves out hidden units of the second layer.
  public let dropout2: Dropout

  private let maxout: Maxout

  /// A network with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The number of inputs.
  ///   - units: The number of units of each hidden layer.
  ///   - pieces: k.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(
    inputs: Int = 784, units: Int = 240, pieces: Int = 3, classes: Int = 10, seed: UInt64
  ) {
    var random = PhiloxGenerator(seed: seed)
    fc1 = Linear(inputs: inputs, outputs: units * pieces, using: &random)
    fc2 = Linear(inputs: units, outputs: units * pieces, using: &random)
    fc3 = Linear(inputs: units, outputs: classes, using: &random)
    inputDropout = Dropout(0.2, using: &random)
    dropout1 = Dropout(0.5, using: &random)
    dropout2 = Dropout(0.5, using: &random)
    maxout = Maxout(pieces: pieces)
  }

  /// The logits of images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let input = inputDropout(x.flattened(from: 1))
    let first = dropout1(maxout(fc1(input)))  // [batch, units]
    let second = dropout2(maxout(fc2(first)))  // [batch, units]
    return fc3(second)  // [batch, classes]
  }
}
