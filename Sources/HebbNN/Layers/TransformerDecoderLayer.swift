import HebbCore

/// A layer of a Transformer's decoder, as PyTorch's `nn.TransformerDecoderLayer`: self-attention,
/// attention to the encoder's outputs, two linear maps, each with sum, dropout and normalization as in
/// `TransformerEncoderLayer`.
///
/// Shapes: `[time, batch, width]` with a memory `[source time, batch, width]` → `[time, batch, width]`;
/// the batch first on demand.
///
/// - SeeAlso: Vaswani et al. 2017, §3.1.
public final class TransformerDecoderLayer: Module {
  /// Self-attention.
  @Submodule("self_attn") public var attention: MultiheadAttention
  /// Attention to the memory.
  @Submodule("multihead_attn") public var memoryAttention: MultiheadAttention
  /// W₁.
  public let linear1: Linear
  /// W₂.
  public let linear2: Linear
  /// The normalization of self-attention.
  public let norm1: LayerNorm
  /// The normalization of attention to the memory.
  public let norm2: LayerNorm
  /// The normalization of the linear maps.
  public let norm3: LayerNorm
  /// The dropout between the linear maps.
  public let dropout: Dropout
  /// The dropout of self-attention.
  public let dropout1: Dropout
  /// The dropout of attention to the memory.
  public let dropout2: Dropout
  /// The dropout of the linear maps.
  public let dropout3: Dropout
  /// The form.
  public let options: TransformerOptions

  /// A layer with random weights.
  ///
  /// - Parameters:
  ///   - width: The size of x and of the memory.
  ///   - heads: The number of heads.
  ///   - options: The form.
  ///   - generator: Where the weights come from; advanced.
  public init(
    width: Int, heads: Int, _ options: TransformerOptions = .init(),
    using generator: inout PhiloxGenerator
  ) {
    self.options = options
    let attention = options.attention(width, heads, using: &generator)
    let memoryAttention = options.attention(width, heads, using: &generator)
    linear1 = Linear(
      inputs: width, outputs: options.feedForward, bias: options.bias, using: &generator)
    linear2 = Linear(
      inputs: options.feedForward, outputs: width, bias: options.bias, using: &generator)
    norm1 = options.norm(width)
    norm2 = options.norm(width)
    norm3 = options.norm(width)
    dropout = Dropout(options.hiddenDropout ?? options.dropout, using: &generator)
    dropout1 = Dropout(options.dropout, using: &generator)
    dropout2 = Dropout(options.dropout, using: &generator)
    dropout3 = Dropout(options.dropout, using: &generator)
    self.attention = attention
    self.memoryAttention = memoryAttention
  }

  /// The value at x.
  ///
  /// - Parameters:
  ///   - x: The target.
  ///   - memory: The encoder's outputs.
  ///   - masks: What self-attention must not see.
  ///   - memoryMasks: What attention to the memory must not see.
  /// - Returns: The target after this layer.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor, masks: AttentionMasks = .none, memoryMasks: AttentionMasks = .none
  ) -> Tensor {
    func ownAttention(_ x: Tensor) -> Tensor { dropout1(attention(x, masks: masks)) }
    func crossAttention(_ x: Tensor) -> Tensor {
      dropout2(memoryAttention(x, key: memory, value: memory, masks: memoryMasks))
    }
    func feedForward(_ x: Tensor) -> Tensor {
      dropout3(linear2(dropout(options.activation(linear1(x)))))
    }
    return calling {
      if options.normalizesFirst {
        let own = x + ownAttention(norm1(x))
        let crossed = own + crossAttention(norm2(own))
        return crossed + feedForward(norm3(crossed))
      }
      let own = norm1(x + ownAttention(x))
      let crossed = norm2(own + crossAttention(own))
      return norm3(crossed + feedForward(crossed))
    }
  }
}
