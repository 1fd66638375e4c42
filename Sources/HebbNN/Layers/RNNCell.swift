import HebbCore

/// One step of a simple recurrent unit, h' = f(W x + b + U h + d), as PyTorch's `nn.RNNCell`.
///
/// All weights start uniform in ±1/√hidden.
///
/// - SeeAlso: Elman 1990.
public final class RNNCell: Module {
  /// The function of the unit.
  public enum Activation: Sendable, Hashable {
    /// The hyperbolic tangent.
    case tanh
    /// max(x, 0).
    case relu

    func callAsFunction(_ x: Tensor) -> Tensor {
      switch self {
      case .tanh: HebbCore.tanh(x)
      case .relu: HebbCore.relu(x)
      }
    }
  }

  /// W, `[hidden, inputs]`.
  @Parameter("weight_ih") public var inputWeight: Tensor
  /// U, `[hidden, hidden]`.
  @Parameter("weight_hh") public var hiddenWeight: Tensor
  /// b, `[hidden]`; nil without bias.
  @Parameter("bias_ih") public var inputBias: Tensor?
  /// d, `[hidden]`; nil without bias.
  @Parameter("bias_hh") public var hiddenBias: Tensor?
  /// The size of h.
  public let hidden: Int
  /// f.
  public let activation: Activation

  /// A cell with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of h.
  ///   - activation: f.
  ///   - bias: Whether there are biases.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, activation: Activation = .tanh, bias: Bool = true,
    using generator: inout PhiloxGenerator
  ) {
    let bound = 1 / Double(max(hidden, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    self.hidden = hidden
    self.activation = activation
    inputWeight = initializer([hidden, inputs], using: &generator)
    hiddenWeight = initializer([hidden, hidden], using: &generator)
    inputBias = bias ? initializer([hidden], using: &generator) : nil
    hiddenBias = bias ? initializer([hidden], using: &generator) : nil
  }

  /// h after x, `[batch, inputs]`; h before is zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: Tensor? = nil) -> Tensor {
    calling {
      let h = state ?? Tensor.zeros([x.shape[0], hidden], dtype: x.dtype)
      return activation(affine(x, inputWeight, inputBias) + affine(h, hiddenWeight, hiddenBias))
    }
  }
}
