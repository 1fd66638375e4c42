import HebbCore
import HebbIO
import HebbNN

/// The sizes of a GPT-2; those of the smallest published one where nothing is said.
public struct GPT2Form: Sendable, Hashable {
  /// The number of tokens.
  public var vocabulary: Int
  /// The largest number of positions.
  public var context: Int
  /// The size of the vectors.
  public var width: Int
  /// The number of blocks.
  public var layers: Int
  /// The number of heads, a divisor of the width.
  public var heads: Int
  /// The size between the two maps of the perceptron.
  public var hidden: Int
  /// Whether linear maps and normalizations have biases; nanoGPT's have none.
  public var bias = true
  /// The function of the perceptron.
  public var activation = TextActivation.geluTanh
  /// The probability of dropout after the sum of the embeddings.
  public var embeddingDropout = 0.1
  /// The probability of dropout of the weights of attention.
  public var attentionDropout = 0.1
  /// The probability of dropout of what is added in each block.
  public var residualDropout = 0.1
  /// ε of the normalizations.
  public var epsilon = 1e-5
  /// The standard deviation of the first weights.
  public var deviation = 0.02

  /// A form.
  ///
  /// - Parameters:
  ///   - vocabulary: The number of tokens.
  ///   - context: The largest number of positions.
  ///   - width: The size of the vectors.
  ///   - layers: The number of blocks.
  ///   - heads: The number of heads.
  ///   - hidden: The size between the two maps of the perceptron; four times the width where nil.
  public init(
    vocabulary: Int = 50257, context: Int = 1024, width: Int = 768, layers: Int = 12,
    heads: Int = 12, hidden: Int? = nil
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    self.layers = layers
    self.heads = heads
    self.hidden = hidden ?? 4 * width
  }

  /// The form of nanoGPT: no biases, the exact GELU, one probability of dropout.
  ///
  /// - Parameters:
  ///   - vocabulary: The number of tokens.
  ///   - context: The largest number of positions.
  ///   - width: The size of the vectors.
  ///   - layers: The number of blocks.
  ///   - heads: The number of heads.
  ///   - dropout: The probability of dropout everywhere.
  /// - Returns: The form.
  public static func nano(
    vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, dropout: Double = 0
  ) -> GPT2Form {
    var form = GPT2Form(
      vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads)
    form.bias = false
    form.activation = .gelu
    form.embeddingDropout = dropout
    form.attentionDropout = dropout
    form.residualDropout = dropout
    return form
  }

  /// The form that Hugging Face's `config.json` of a `gpt2` describes; what it leaves out is as in
  /// `GPT2Config`.
  ///
  /// - Throws: `DataError` if a size is out of range or the model has a part that is not built here.
  public init(_ config: JSONObject) throws(DataError) {
    let config = ModelConfiguration(config)
    self.init()
    vocabulary = try config.count("vocab_size", vocabulary)
    context = try config.count("n_positions", context)
    width = try config.count("n_embd", width)
    layers = try config.count("n_layer", layers)
    heads = try config.count("n_head", heads)
    hidden = try config.count("n_inner", 4 * width)
    activation = try config.activation("activation_function", activation)
    embeddingDropout = try config.probability("embd_pdrop", 0.1)
    attentionDropout = try config.probability("attn_pdrop", 0.1)
    residualDropout = try config.probability("resid_pdrop", 0.1)
    epsilon = try config.positive("layer_norm_epsilon", epsilon)
    deviation = try config.positive("initializer_range", deviation)
    try config.demandDivisor(heads, of: width, "n_head", "n_embd")
    try config.demand("scale_attn_weights", true)
    try config.demand("scale_attn_by_inverse_layer_idx", false)
    try config.demand("add_cross_attention", false)
    try config.demand("tie_word_embeddings", true)
  }

  var start: Initializer { .normal(standardDeviation: deviation) }

  /// Each block adds twice to the sum: the deviations are smaller by √(2 layers) (§2.3).
  var residualStart: Initializer {
    .normal(standardDeviation: deviation / Double(2 * max(layers, 1)).squareRoot())
  }

  func norm() -> LayerNorm { LayerNorm([width], epsilon: epsilon, shift: bias) }

  func check() {
    guard heads > 0, width.isMultiple(of: heads) else {
      stop("GPT2: the width \(width) is not a multiple of \(heads) heads")
    }
  }
}
