import HebbCore

/// Encoder layers one after the other, as PyTorch's `nn.TransformerEncoder`.
///
/// Shapes: `[time, batch, width]` → the same; the batch first as in the layers.
public final class TransformerEncoder: Layer {
  /// The layers, first to last.
  public let layers: [TransformerEncoderLayer]
  /// The normalization of the result; nil without.
  public let norm: LayerNorm?

  /// An encoder of these layers.
  public init(_ layers: [TransformerEncoderLayer], norm: LayerNorm? = nil) {
    self.layers = layers
    self.norm = norm
  }

  /// The value where nothing is hidden.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, masks: .none) }

  /// The value at x; all layers have the same masks.
  public func callAsFunction(_ x: Tensor, masks: AttentionMasks) -> Tensor {
    calling {
      let encoded = layers.reduce(x) { $1($0, masks: masks) }
      return norm.map { $0(encoded) } ?? encoded
    }
  }
}

/// Decoder layers one after the other, as PyTorch's `nn.TransformerDecoder`.
///
/// Shapes: `[time, batch, width]` with a memory `[source time, batch, width]` → `[time, batch, width]`;
/// the batch first as in the layers.
public final class TransformerDecoder: Module {
  /// The layers, first to last.
  public let layers: [TransformerDecoderLayer]
  /// The normalization of the result; nil without.
  public let norm: LayerNorm?

  /// A decoder of these layers.
  public init(_ layers: [TransformerDecoderLayer], norm: LayerNorm? = nil) {
    self.layers = layers
    self.norm = norm
  }

  /// The value at x.
  ///
  /// - Parameters:
  ///   - x: The target.
  ///   - memory: The encoder's outputs.
  ///   - masks: What self-attention must not see.
  ///   - memoryMasks: What attention to the memory must not see.
  /// - Returns: The target after all layers.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor, masks: AttentionMasks = .none, memoryMasks: AttentionMasks = .none
  ) -> Tensor {
    calling {
      let decoded = layers.reduce(x) {
        $1($0, memory: memory, masks: masks, memoryMasks: memoryMasks)
      }
      return norm.map { $0(decoded) } ?? decoded
    }
  }
}

/// Encoder and decoder with attention alone, as PyTorch's `nn.Transformer`; embeddings, positions and
/// the map to words are not part of it.
///
/// Matrices start by Glorot's uniform rule.
///
/// Shapes: source `[source time, batch, width]`, target `[time, batch, width]` →
/// `[time, batch, width]`; the batch first on demand.
///
/// - SeeAlso: Vaswani et al. 2017, figure 1; the normalization of both results is PyTorch's.
public final class Transformer: Module {
  /// Reads the source.
  public let encoder: TransformerEncoder
  /// Writes the target.
  public let decoder: TransformerDecoder

  /// A Transformer with random weights.
  ///
  /// - Parameters:
  ///   - width: The size of source and target.
  ///   - heads: The number of heads.
  ///   - encoderLayers: The number of layers of the encoder.
  ///   - decoderLayers: The number of layers of the decoder.
  ///   - options: The form of all layers.
  ///   - generator: Where the weights come from; advanced.
  public init(
    width: Int = 512, heads: Int = 8, encoderLayers: Int = 6, decoderLayers: Int = 6,
    _ options: TransformerOptions = .init(), using generator: inout PhiloxGenerator
  ) {
    encoder = TransformerEncoder(
      (0..<encoderLayers).map { _ in
        TransformerEncoderLayer(width: width, heads: heads, options, using: &generator)
      }, norm: options.norm(width))
    decoder = TransformerDecoder(
      (0..<decoderLayers).map { _ in
        TransformerDecoderLayer(width: width, heads: heads, options, using: &generator)
      }, norm: options.norm(width))
    for (_, box) in namedParameters() {
      guard let tensor = box.tensor, tensor.rank > 1 else { continue }
      box.tensor = Initializer.xavierUniform()(tensor.shape, using: &generator)
    }
  }

  /// The target after the decoder.
  ///
  /// - Parameters:
  ///   - source: What is read.
  ///   - target: What has been written so far.
  ///   - sourceMasks: What the encoder must not see.
  ///   - targetMasks: What the decoder must not see of the target; `.causal` in training.
  ///   - memoryMasks: What the decoder must not see of the encoder's outputs.
  /// - Returns: One vector for each position of the target.
  public func callAsFunction(
    source: Tensor, target: Tensor, sourceMasks: AttentionMasks = .none,
    targetMasks: AttentionMasks = .none, memoryMasks: AttentionMasks = .none
  ) -> Tensor {
    calling {
      decoder(
        target, memory: encoder(source, masks: sourceMasks), masks: targetMasks,
        memoryMasks: memoryMasks)
    }
  }
}
