import HebbCore

/// The form of a Transformer layer, with PyTorch's defaults.
public struct TransformerOptions: Sendable, Hashable {
  /// The function between the two linear maps.
  public enum Activation: Sendable, Hashable {
    /// max(x, 0).
    case relu
    /// x Φ(x).
    case gelu

    func callAsFunction(_ x: Tensor) -> Tensor {
      switch self {
      case .relu: HebbCore.relu(x)
      case .gelu: HebbCore.gelu(x)
      }
    }
  }

  /// The size between the two linear maps.
  public var feedForward: Int
  /// The probability of dropout.
  public var dropout: Double
  /// The probability of dropout of the weights of attention; that of the rest where nil.
  public var attentionDropout: Double?
  /// The probability of dropout between the two linear maps; that of the rest where nil.
  public var hiddenDropout: Double?
  /// The function between the two linear maps.
  public var activation: Activation
  /// ε of the normalizations.
  public var epsilon: Double
  /// Whether the batch is the first axis.
  public var isBatchFirst: Bool
  /// Whether normalization comes before attention and linear maps instead of after the sum.
  public var normalizesFirst: Bool
  /// Whether there are biases.
  public var bias: Bool

  /// A form.
  ///
  /// - Parameters:
  ///   - feedForward: The size between the two linear maps.
  ///   - dropout: The probability of dropout.
  ///   - activation: The function between the two linear maps.
  ///   - epsilon: ε of the normalizations.
  ///   - batchFirst: Whether the batch is the first axis.
  ///   - normFirst: Whether normalization comes first.
  ///   - bias: Whether there are biases.
  public init(
    feedForward: Int = 2048, dropout: Double = 0.1, activation: Activation = .relu,
    epsilon: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true
  ) {
    self.feedForward = feedForward
    self.dropout = dropout
    self.activation = activation
    self.epsilon = epsilon
    isBatchFirst = batchFirst
    normalizesFirst = normFirst
    self.bias = bias
  }

  func norm(_ width: Int) -> LayerNorm { LayerNorm([width], epsilon: epsilon, shift: bias) }

  func attention(
    _ width: Int, _ heads: Int, using generator: inout PhiloxGenerator
  ) -> MultiheadAttention {
    MultiheadAttention(
      width: width, heads: heads, dropout: attentionDropout ?? dropout, bias: bias,
      batchFirst: isBatchFirst, using: &generator)
  }
}
