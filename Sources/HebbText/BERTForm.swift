import HebbCore
import HebbIO
import HebbNN

/// The sizes of a BERT; those of the published base model where nothing is said.
public struct BERTForm: Sendable, Hashable {
  /// The number of tokens.
  public var vocabulary: Int
  /// The size of the vectors (H in the paper).
  public var width: Int
  /// The number of layers (L).
  public var layers: Int
  /// The number of heads (A), a divisor of the width.
  public var heads: Int
  /// The size between the two maps of the perceptron.
  public var hidden: Int
  /// The largest number of positions.
  public var context = 512
  /// The number of segments.
  public var segments = 2
  /// The function of the perceptron.
  public var activation = TextActivation.gelu
  /// The probability of dropout of embeddings and of what is added in each layer.
  public var dropout = 0.1
  /// The probability of dropout of the weights of attention.
  public var attentionDropout = 0.1
  /// The probability of dropout before the map of a classifier.
  public var classifierDropout = 0.1
  /// ε of the normalizations.
  public var epsilon = 1e-12
  /// The standard deviation of the first weights.
  public var deviation = 0.02

  /// A form.
  ///
  /// - Parameters:
  ///   - vocabulary: The number of tokens.
  ///   - width: The size of the vectors.
  ///   - layers: The number of layers.
  ///   - heads: The number of heads.
  ///   - hidden: The size between the two maps of the perceptron; four times the width where nil.
  public init(
    vocabulary: Int = 30522, width: Int = 768, layers: Int = 12, heads: Int = 12,
    hidden: Int? = nil
  ) {
    self.vocabulary = vocabulary
    self.width = width
    self.layers = layers
    self.heads = heads
    self.hidden = hidden ?? 4 * width
  }

  /// The form that Hugging Face's `config.json` of a `bert` describes; what it leaves out is as in
  /// `BertConfig`.
  ///
  /// - Throws: `DataError` if a size is out of range or the model has a part that is not built here.
  public init(_ config: JSONObject) throws(DataError) {
    let config = ModelConfiguration(config)
    self.init()
    vocabulary = try config.count("vocab_size", vocabulary)
    width = try config.count("hidden_size", width)
    layers = try config.count("num_hidden_layers", layers)
    heads = try config.count("num_attention_heads", heads)
    hidden = try config.count("intermediate_size", 3072)
    context = try config.count("max_position_embeddings", context)
    segments = try config.count("type_vocab_size", segments)
    activation = try config.activation("hidden_act", activation)
    dropout = try config.probability("hidden_dropout_prob", dropout)
    attentionDropout = try config.probability("attention_probs_dropout_prob", attentionDropout)
    classifierDropout = try config.probability("classifier_dropout", dropout)
    epsilon = try config.positive("layer_norm_eps", epsilon)
    deviation = try config.positive("initializer_range", deviation)
    try config.demandDivisor(heads, of: width, "num_attention_heads", "hidden_size")
    try config.demand("position_embedding_type", "absolute")
    try config.demand("is_decoder", false)
    try config.demand("tie_word_embeddings", true)
  }

  var start: Initializer { .normal(standardDeviation: deviation) }

  func norm() -> LayerNorm { LayerNorm([width], epsilon: epsilon) }

  func linear(_ inputs: Int, _ outputs: Int, using generator: inout PhiloxGenerator) -> Linear {
    let linear = Linear(inputs: inputs, outputs: outputs, using: &generator)
    linear.weight = start([outputs, inputs], using: &generator)
    linear.bias = .zeros([outputs])
    return linear
  }

  func check() {
    guard heads > 0, width.isMultiple(of: heads) else {
      stop("BERT: the width \(width) is not a multiple of \(heads) heads")
    }
  }
}
