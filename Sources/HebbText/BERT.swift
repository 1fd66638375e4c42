import HebbCore
import HebbNN

/// BERT: a Transformer's encoder that reads in both directions (Devlin et al. 2019, "BERT: Pre-training
/// of Deep Bidirectional Transformers for Language Understanding", §3).
///
///     x = LN(word[token] + position[t] + segment[s])                    figure 2
///     x ← LN(x + Attention(x)), x ← LN(x + W₂ gelu(W₁ x))               in each layer
///
/// The names of the weights are those of Hugging Face's `BertModel`. The vector of padding is trained like
/// all others, where that model leaves it; attention does not see padding.
///
/// Shapes: `int64[batch, time]` → `[batch, time, width]`.
public final class BERT: Layer {
  /// The vectors of tokens, positions and segments.
  public let embeddings: Embeddings
  /// The layers.
  public let encoder: Encoder
  /// What makes one vector of a text; nil without.
  public let pooler: Pooler?
  /// The sizes.
  public let form: BERTForm

  /// A model whose weights start at N(0, .02²).
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - pooler: Whether there is one vector of the whole text.
  ///   - generator: Where the weights come from; advanced.
  public init(_ form: BERTForm, pooler: Bool = true, using generator: inout PhiloxGenerator) {
    form.check()
    self.form = form
    embeddings = Embeddings(form, using: &generator)
    encoder = Encoder(form, using: &generator)
    self.pooler = pooler ? Pooler(form, using: &generator) : nil
  }

  /// The vectors of all positions of texts of one segment without padding.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { self(tokens, segments: nil) }

  /// The vectors of all positions.
  ///
  /// - Parameters:
  ///   - tokens: `int64[batch, time]`.
  ///   - segments: 0 in the first part of a text, 1 in the second, `int64[batch, time]`; 0 where nil.
  ///   - isVisible: Whether a token is no padding, `bool[batch, time]`; nil for all.
  ///   - positions: The place of each token, `int64[batch, time]`; 0, 1, … where nil.
  /// - Returns: `[batch, time, width]`.
  public func callAsFunction(
    _ tokens: Tensor, segments: Tensor?, isVisible: Tensor? = nil, positions: Tensor? = nil
  ) -> Tensor {
    calling {
      let x = embeddings(tokens, segments: segments, positions: positions)
      return encoder(x, mask: isVisible.map { BERT.mask($0, dtype: x.dtype) })
    }
  }

  /// What is added to the scores of attention, `[batch, 1, 1, time]`: 0 at tokens, a number far below all
  /// scores at padding. Not −∞, which would make NaN of a text of padding alone.
  static func mask(_ isVisible: Tensor, dtype: DType) -> Tensor {
    let (batch, time) = (isVisible.shape[0], isVisible.shape[1])
    return ((isVisible.cast(to: dtype) - 1) * 1e30).reshaped(to: [batch, 1, 1, time])
  }
}

extension BERT {
  /// The sum of three vectors for each token, normalized (figure 2).
  public final class Embeddings: Module {
    /// A vector for each token.
    @Submodule("word_embeddings") public var words: Embedding
    /// A vector for each position.
    @Submodule("position_embeddings") public var positions: Embedding
    /// A vector for each segment.
    @Submodule("token_type_embeddings") public var segments: Embedding
    /// The normalization of the sum.
    @Submodule("LayerNorm") public var norm: LayerNorm
    /// The dropout of the sum.
    public let dropout: Dropout

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      func table(_ count: Int) -> Embedding {
        Embedding(count: count, width: form.width, initializer: form.start, using: &generator)
      }
      dropout = Dropout(form.dropout, using: &generator)
      words = table(form.vocabulary)
      positions = table(form.context)
      segments = table(form.segments)
      norm = form.norm()
    }

    func callAsFunction(_ tokens: Tensor, segments: Tensor?, positions: Tensor?) -> Tensor {
      calling {
        let limit = self.positions.weight.shape[0]
        guard tokens.rank == 2, tokens.shape[1] <= limit else {
          stop("BERT: expects tokens [batch, at most \(limit) times], not \(tokens.shape)")
        }
        let places = positions.map { self.positions($0) }
        let parts = segments.map { self.segments($0) }
        let sum =
          words(tokens) + (places ?? self.positions.weight[0..<tokens.shape[1]])
          + (parts ?? self.segments.weight[0])
        return dropout(norm(sum))
      }
    }
  }

  /// The layers one after the other.
  public final class Encoder: Module {
    /// The layers, first to last.
    @Submodule("layer") public var layers: [EncoderLayer]

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      layers = (0..<form.layers).map { _ in EncoderLayer(form, using: &generator) }
    }

    func callAsFunction(_ x: Tensor, mask: Tensor?) -> Tensor {
      calling { layers.reduce(x) { $1($0, mask: mask) } }
    }
  }

  /// Attention, then a perceptron; each added to what came in and normalized after.
  public final class EncoderLayer: Module {
    /// Attention with its output map.
    public let attention: Attention
    /// W₁ of the perceptron.
    public let intermediate: Intermediate
    /// W₂ of the perceptron.
    public let output: Output
    private let activation: TextActivation

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      attention = Attention(form, using: &generator)
      intermediate = Intermediate(form.width, form.hidden, form, using: &generator)
      output = Output(form.hidden, form, using: &generator)
      activation = form.activation
    }

    /// The value at x; `mask` is added to the scores.
    public func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor {
      calling {
        let attended = attention(x, mask: mask)
        return output(activation(intermediate(attended)), addedTo: attended)
      }
    }
  }

  /// Attention in several heads, added to its input and normalized.
  public final class Attention: Module {
    /// Queries, keys and values.
    @Submodule("self") public var heads: SelfAttention
    /// The map of the joined heads.
    public let output: Output

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      output = Output(form.width, form, using: &generator)
      heads = SelfAttention(form, using: &generator)
    }

    func callAsFunction(_ x: Tensor, mask: Tensor?) -> Tensor {
      calling { output(heads(x, mask: mask), addedTo: x) }
    }
  }

  /// softmax(Q Kᵀ / √size) V in several heads.
  public final class SelfAttention: Module {
    /// W_Q.
    public let query: Linear
    /// W_K.
    public let key: Linear
    /// W_V.
    public let value: Linear
    /// The dropout of the weights of attention.
    public let dropout: Dropout
    /// The number of heads.
    public let heads: Int

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      heads = form.heads
      query = form.linear(form.width, form.width, using: &generator)
      key = form.linear(form.width, form.width, using: &generator)
      value = form.linear(form.width, form.width, using: &generator)
      dropout = Dropout(form.attentionDropout, using: &generator)
    }

    func callAsFunction(_ x: Tensor, mask: Tensor?) -> Tensor {
      calling {
        scaledDotProductAttention(
          query: query(x).inHeads(heads), key: key(x).inHeads(heads),
          value: value(x).inHeads(heads), mask: mask, dropout: dropout.forAttention()
        ).joiningHeads()
      }
    }
  }

  /// A linear map under the name `dense`.
  public final class Intermediate: Layer {
    /// The map.
    public let dense: Linear

    init(
      _ inputs: Int, _ outputs: Int, _ form: BERTForm, using generator: inout PhiloxGenerator
    ) {
      dense = form.linear(inputs, outputs, using: &generator)
    }

    /// W x + b.
    public func callAsFunction(_ x: Tensor) -> Tensor { calling { dense(x) } }
  }

  /// A linear map back to the width of the model, its dropout, and the sum with what came in, normalized.
  public final class Output: Module {
    /// The map.
    public let dense: Linear
    /// The normalization of the sum.
    @Submodule("LayerNorm") public var norm: LayerNorm
    /// The dropout of the map's value.
    public let dropout: Dropout

    init(_ inputs: Int, _ form: BERTForm, using generator: inout PhiloxGenerator) {
      dense = form.linear(inputs, form.width, using: &generator)
      dropout = Dropout(form.dropout, using: &generator)
      norm = form.norm()
    }

    func callAsFunction(_ x: Tensor, addedTo residual: Tensor) -> Tensor {
      calling { norm(dropout(dense(x)) + residual) }
    }
  }

  /// tanh(W x₀ + b) of the first position, where the token [CLS] stands (§3.1, C in figure 1).
  public final class Pooler: Layer {
    /// W.
    public let dense: Linear

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      dense = form.linear(form.width, form.width, using: &generator)
    }

    /// `[batch, time, width]` → `[batch, width]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
      calling {
        let (batch, width) = (x.shape[0], x.shape[2])
        return tanh(dense(x[0..<batch, 0..<1].reshaped(to: [batch, width])))
      }
    }
  }
}
