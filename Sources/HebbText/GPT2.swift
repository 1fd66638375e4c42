import HebbCore
import HebbNN

/// GPT-2: a Transformer that reads from left to right and guesses the next token (Radford et al. 2019,
/// "Language Models are Unsupervised Multitask Learners", §2.3).
///
///     x = wte[token] + wpe[position]
///     x ← x + Attention(LN(x)), x ← x + MLP(LN(x))        in each block
///     y = LN(x)
///
/// The names of the weights are those of Hugging Face's `GPT2Model`; with `bias` off and the exact GELU
/// it is nanoGPT's model.
///
/// Shapes: `int64[batch, time]` of at most `context` tokens → `[batch, time, width]`.
public final class GPT2: Layer {
  /// A vector for each token.
  @Submodule("wte") public var tokens: Embedding
  /// A vector for each position.
  @Submodule("wpe") public var positions: Embedding
  /// The dropout of their sum.
  @Submodule("drop") public var dropout: Dropout
  /// The blocks, first to last.
  @Submodule("h") public var blocks: [Block]
  /// The normalization of the result.
  @Submodule("ln_f") public var norm: LayerNorm
  /// The sizes.
  public let form: GPT2Form

  /// A model whose weights start at N(0, .02²), those that lead back to the sum at N(0, .02² / 2 layers).
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - generator: Where the weights come from; advanced.
  public init(_ form: GPT2Form, using generator: inout PhiloxGenerator) {
    form.check()
    self.form = form
    tokens = Embedding(
      count: form.vocabulary, width: form.width, initializer: form.start, using: &generator)
    positions = Embedding(
      count: form.context, width: form.width, initializer: form.start, using: &generator)
    dropout = Dropout(form.embeddingDropout, using: &generator)
    blocks = (0..<form.layers).map { _ in Block(form, using: &generator) }
    norm = form.norm()
  }

  /// The vectors of all positions; each knows the tokens up to its own.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { self(tokens, isVisible: nil) }

  /// The vectors of all positions.
  ///
  /// - Parameters:
  ///   - ids: The tokens, `int64[batch, time]`.
  ///   - isVisible: Whether a token may be seen by those after it, `bool[batch, time]`; nil for all.
  ///   - positions: The place of each token, `int64[batch, time]`; 0, 1, … where nil.
  ///   - segments: Tokens whose vectors are added, as Hugging Face's `token_type_ids`.
  /// - Returns: `[batch, time, width]`.
  public func callAsFunction(
    _ ids: Tensor, isVisible: Tensor?, positions: Tensor? = nil, segments: Tensor? = nil
  ) -> Tensor {
    calling {
      let (_, time) = sizes(of: ids)
      let places = positions.map { self.positions($0) } ?? self.positions.weight[0..<time]
      var x = tokens(ids) + places  // [batch, time, width]
      if let segments { x = x + tokens(segments) }
      return read(x, mask: isVisible.map { GPT2.mask($0) }, isCausal: isVisible == nil)
    }
  }

  /// Gives the keys and values that a block's attention uses for those of the positions it reads.
  typealias Exchange = (_ block: Int, _ keys: Tensor, _ values: Tensor) -> (Tensor, Tensor)

  /// The vectors after the last block.
  ///
  /// - Parameters:
  ///   - x: The sums of the embeddings, `[batch, time, width]`.
  ///   - mask: What queries see; nil for all that `isCausal` lets them see.
  ///   - isCausal: Whether position i sees the positions up to its own only.
  ///   - exchange: The keys and values of all positions that are seen.
  /// - Returns: `[batch, time, width]`.
  func read(
    _ x: Tensor, mask: Tensor?, isCausal: Bool, _ exchange: Exchange = { ($1, $2) }
  ) -> Tensor {
    var x = dropout(x)
    for (number, block) in blocks.enumerated() {
      x = block(x, mask: mask, isCausal: isCausal) { exchange(number, $0, $1) }
    }
    return norm(x)
  }

  private func sizes(of ids: Tensor) -> (batch: Int, time: Int) {
    guard ids.rank == 2, ids.shape[1] <= form.context else {
      stop("GPT2: expects tokens [batch, at most \(form.context) times], not \(ids.shape)")
    }
    return (ids.shape[0], ids.shape[1])
  }

  /// Whether query i sees key j, `bool[batch, 1, time, time]`: j ≤ i and visible, or i itself, so that
  /// padding before the text sees something.
  static func mask(_ isVisible: Tensor) -> Tensor {
    let (batch, time) = (isVisible.shape[0], isVisible.shape[1])
    let keys = Tensor.range(time)
    let queries = keys.expandingShape(at: 1)
    let isSeen = isVisible.reshaped(to: [batch, 1, 1, time]) .& (queries .>= keys)
    return isSeen .| (queries .== keys)
  }
}

extension GPT2 {
  /// A block: attention and a perceptron, each normalized before and added to what came in (§2.3: layer
  /// normalization was moved to the input of each sub-block).
  public final class Block: Module {
    /// The normalization before attention.
    @Submodule("ln_1") public var norm1: LayerNorm
    /// Attention.
    @Submodule("attn") public var attention: Attention
    /// The normalization before the perceptron.
    @Submodule("ln_2") public var norm2: LayerNorm
    /// The perceptron.
    @Submodule("mlp") public var perceptron: Perceptron

    init(_ form: GPT2Form, using generator: inout PhiloxGenerator) {
      norm1 = form.norm()
      attention = Attention(form, using: &generator)
      norm2 = form.norm()
      perceptron = Perceptron(form, using: &generator)
    }

    /// x + Attention(LN(x)), then the same with the perceptron.
    public func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor {
      self(x, mask: mask, isCausal: mask == nil) { ($0, $1) }
    }

    func callAsFunction(
      _ x: Tensor, mask: Tensor?, isCausal: Bool,
      _ exchange: (_ keys: Tensor, _ values: Tensor) -> (Tensor, Tensor)
    ) -> Tensor {
      calling {
        let attended = x + attention(norm1(x), mask: mask, isCausal: isCausal, exchange)
        return attended + perceptron(norm2(attended))
      }
    }
  }

  /// Attention of each position to those before it, in several heads.
  public final class Attention: Module {
    /// W of queries, keys and values side by side, `[width, 3 width]`.
    @Submodule("c_attn") public var input: Projection
    /// W of the output, `[width, width]`.
    @Submodule("c_proj") public var output: Projection
    /// The dropout of the weights of attention.
    @Submodule("attn_dropout") public var weightDropout: Dropout
    /// The dropout of the output.
    @Submodule("resid_dropout") public var dropout: Dropout
    /// The number of heads.
    public let heads: Int

    init(_ form: GPT2Form, using generator: inout PhiloxGenerator) {
      heads = form.heads
      input = Projection(
        form.width, 3 * form.width, bias: form.bias, form.start, using: &generator)
      output = Projection(
        form.width, form.width, bias: form.bias, form.residualStart, using: &generator)
      weightDropout = Dropout(form.attentionDropout, using: &generator)
      dropout = Dropout(form.residualDropout, using: &generator)
    }

    /// The sum of the values that each position sees, weighted by how well its query fits to their keys.
    public func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor {
      self(x, mask: mask, isCausal: mask == nil) { ($0, $1) }
    }

    func callAsFunction(
      _ x: Tensor, mask: Tensor?, isCausal: Bool,
      _ exchange: (_ keys: Tensor, _ values: Tensor) -> (Tensor, Tensor)
    ) -> Tensor {
      calling {
        let parts = input(x).split(3, axis: 2).map { $0.inHeads(heads) }
        let (keys, values) = exchange(parts[1], parts[2])
        let attended = scaledDotProductAttention(
          query: parts[0], key: keys, value: values, mask: mask, isCausal: isCausal,
          dropout: weightDropout.forAttention())  // [batch, heads, time, width / heads]
        return dropout(output(attended.joiningHeads()))
      }
    }
  }

  /// Two linear maps with an activation between them.
  public final class Perceptron: Module {
    /// `[width, hidden]`.
    @Submodule("c_fc") public var input: Projection
    /// `[hidden, width]`.
    @Submodule("c_proj") public var output: Projection
    /// The dropout of the output.
    public let dropout: Dropout
    /// The function between the maps.
    public let activation: TextActivation

    init(_ form: GPT2Form, using generator: inout PhiloxGenerator) {
      activation = form.activation
      dropout = Dropout(form.residualDropout, using: &generator)
      input = Projection(form.width, form.hidden, bias: form.bias, form.start, using: &generator)
      output = Projection(
        form.hidden, form.width, bias: form.bias, form.residualStart, using: &generator)
    }

    /// W₂ f(W₁ x).
    public func callAsFunction(_ x: Tensor) -> Tensor {
      calling { dropout(output(activation(input(x)))) }
    }
  }

  /// A linear map y = x W + b with the weight inputs first, which GPT-2's code calls Conv1D.
  public final class Projection: Layer {
    /// W, `[inputs, outputs]`: the transpose of `Linear`'s.
    @Parameter public var weight: Tensor
    /// b, `[outputs]`; nil without bias.
    @Parameter public var bias: Tensor?

    init(
      _ inputs: Int, _ outputs: Int, bias: Bool, _ start: Initializer,
      using generator: inout PhiloxGenerator
    ) {
      weight = start([inputs, outputs], using: &generator)
      self.bias = bias ? .zeros([outputs]) : nil
    }

    /// x W + b.
    public func callAsFunction(_ x: Tensor) -> Tensor {
      calling {
        let product = matmul(x.reshaped(to: [-1, weight.shape[0]]), weight)
        let rows = bias.map { product + $0 } ?? product
        return rows.reshaped(to: Shape(Array(x.shape.dropLast()) + [weight.shape[1]]))
      }
    }
  }
}

/// GPT-2 with scores of the next token at each position; they are the products with the tokens' own
/// vectors (Hugging Face's `GPT2LMHeadModel`).
///
/// Shapes: `int64[batch, time]` → `[batch, time, vocabulary]`.
public final class GPT2LanguageModel: Layer {
  /// The model behind the scores.
  public let transformer: GPT2
  /// The vectors of the tokens, `[vocabulary, width]`, which are the embedding's.
  @Parameter("lm_head.weight") public var outputWeight: Tensor

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - seed: What the weights are made from.
  public init(_ form: GPT2Form, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    transformer = GPT2(form, using: &random)
    $outputWeight = transformer.tokens.$weight
  }

  /// The scores of the next token after each position.
  public func callAsFunction(_ tokens: Tensor) -> Tensor {
    calling { scores(of: transformer(tokens)) }
  }

  /// The scores for vectors that the transformer gave, y = x Wᵀ.
  public func scores(of x: Tensor) -> Tensor { affine(x, outputWeight, nil) }
}
