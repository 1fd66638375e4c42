import HebbCore

/// A layer of a Transformer's encoder, as PyTorch's `nn.TransformerEncoderLayer`:
///
///     x ← LN(x + Attention(x)), x ← LN(x + W₂ f(W₁ x))      normalized last (Vaswani et al. 2017)
///     x ← x + Attention(LN(x)), x ← x + W₂ f(W₁ LN(x))      normalized first
///
/// Each sum comes after dropout.
///
/// Shapes: `[time, batch, width]` → the same; the batch first on demand.
public final class TransformerEncoderLayer: Layer {
  /// Self-attention.
  @Submodule("self_attn") public var attention: MultiheadAttention
  /// W₁.
  public let linear1: Linear
  /// W₂.
  public let linear2: Linear
  /// The normalization of attention.
  public let norm1: LayerNorm
  /// The normalization of the linear maps.
  public let norm2: LayerNorm
  /// The dropout between the linear maps.
  public let dropout: Dropout
  /// The dropout of attention.
  public let dropout1: Dropout
  /// The dropout of the linear maps.
  public let dropout2: Dropout
  /// The form.
  public let options: TransformerOptions

  /// A layer with random weights.
  ///
  /// - Parameters:
  ///   - width: The size of x.
  ///   - heads: The number of heads.
  ///   - options: The form.
  ///   - generator: Where the weights come from; advanced.
  public init(
    width: Int, heads: Int, _ options: TransformerOptions = .init(),
    using generator: inout PhiloxGenerator
  ) {
    self.options = options
    let attention = options.attention(width, heads, using: &generator)
    linear1 = Linear(
      inputs: width, outputs: options.feedForward, bias: options.bias, using: &generator)
    linear2 = Linear(
      inputs: options.feedForward, outputs: width, bias: options.bias, using: &generator)
    norm1 = options.norm(width)
    norm2 = options.norm(width)
    dropout = Dropout(options.hiddenDropout ?? options.dropout, using: &generator)
    dropout1 = Dropout(options.dropout, using: &generator)
    dropout2 = Dropout(options.dropout, using: &generator)
    self.attention = attention
  }

  /// The value where nothing is hidden.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, masks: .none) }

  /// The value at x.
  public func callAsFunction(_ x: Tensor, masks: AttentionMasks) -> Tensor {
    calling {
      if options.normalizesFirst {
        let attended = x + dropout1(attention(norm1(x), masks: masks))
        return attended + feedForward(norm2(attended))
      }
      let attended = norm1(x + dropout1(attention(x, masks: masks)))
      return norm2(attended + feedForward(attended))
    }
  }

  private func feedForward(_ x: Tensor) -> Tensor {
    dropout2(linear2(dropout(options.activation(linear1(x)))))
  }
}
