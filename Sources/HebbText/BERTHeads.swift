import HebbCore
import HebbNN

/// BERT that guesses masked words (§3.1, task 1), Hugging Face's `BertForMaskedLM`: a map, and products
/// with the words' own vectors.
///
/// Shapes: `int64[batch, time]` → `[batch, time, vocabulary]`.
public final class BERTMaskedLanguageModel: Layer {
  /// The encoder, without pooler.
  public let bert: BERT
  /// The scores of the words.
  @Submodule("cls.predictions") public var head: WordScores

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - seed: What the weights are made from.
  public init(_ form: BERTForm, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    bert = BERT(form, pooler: false, using: &random)
    head = WordScores(form, sharing: bert.embeddings.words, using: &random)
  }

  /// The scores of the words at all positions of texts of one segment without padding.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { calling { head(bert(tokens)) } }

  /// The scores of the words at some positions: what training needs, where few words are masked.
  ///
  /// - Parameters:
  ///   - tokens: `int64[batch, time]`.
  ///   - segments: The part of the text, `int64[batch, time]`; 0 where nil.
  ///   - isVisible: Whether a token is no padding, `bool[batch, time]`; nil for all.
  ///   - places: Positions, `int64[batch, places]`.
  /// - Returns: `[batch, places, vocabulary]`.
  public func callAsFunction(
    _ tokens: Tensor, segments: Tensor? = nil, isVisible: Tensor? = nil, at places: Tensor
  ) -> Tensor {
    calling {
      let x = bert(tokens, segments: segments, isVisible: isVisible)
      let (batch, time, width) = (x.shape[0], x.shape[1], x.shape[2])
      let rows = places + (Tensor.range(batch, dtype: .int64) * Tensor(time)).expandingShape(at: 1)
      return head(x.reshaped(to: [batch * time, width]).gathering(rows))
    }
  }

  /// LN(f(W x)), then products with the words' vectors and a bias.
  public final class WordScores: Module {
    /// W and the normalization.
    public let transform: Transform
    /// The bias of each word.
    @Parameter public var bias: Tensor
    /// The words' vectors, which are the embedding's.
    @Parameter("decoder.weight") public var weight: Tensor
    /// The bias under its other name.
    @Parameter("decoder.bias") var sharedBias: Tensor

    init(_ form: BERTForm, sharing words: Embedding, using generator: inout PhiloxGenerator) {
      transform = Transform(form, using: &generator)
      bias = .zeros([form.vocabulary])
      $weight = words.$weight
      $sharedBias = $bias
    }

    /// The scores for vectors of the encoder.
    public func callAsFunction(_ x: Tensor) -> Tensor {
      calling { affine(transform(x), weight, bias) }
    }
  }

  /// LN(f(W x)).
  public final class Transform: Layer {
    /// W.
    public let dense: Linear
    /// The normalization.
    @Submodule("LayerNorm") public var norm: LayerNorm
    private let activation: TextActivation

    init(_ form: BERTForm, using generator: inout PhiloxGenerator) {
      dense = form.linear(form.width, form.width, using: &generator)
      activation = form.activation
      norm = form.norm()
    }

    /// LN(f(W x)).
    public func callAsFunction(_ x: Tensor) -> Tensor { calling { norm(activation(dense(x))) } }
  }
}

/// BERT that tells classes of texts apart (§4.1), Hugging Face's `BertForSequenceClassification`: a map
/// of the pooled vector.
///
/// Shapes: `int64[batch, time]` → `[batch, classes]`.
public final class BERTClassifier: Layer {
  /// The encoder.
  public let bert: BERT
  /// The dropout of the pooled vector.
  public let dropout: Dropout
  /// W.
  public let classifier: Linear

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(_ form: BERTForm, classes: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    bert = BERT(form, using: &random)
    dropout = Dropout(form.classifierDropout, using: &random)
    classifier = form.linear(form.width, classes, using: &random)
  }

  /// The scores of the classes of texts of one segment without padding.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { calling { scores(of: bert(tokens)) } }

  /// The scores for vectors of the encoder.
  public func scores(of x: Tensor) -> Tensor {
    classifier(dropout(bert.pooler.map { $0(x) } ?? x))
  }
}

/// BERT with scores at every position: the classes of tokens (§5.3), Hugging Face's
/// `BertForTokenClassification`.
///
/// Shapes: `int64[batch, time]` → `[batch, time, classes]`.
public final class BERTTokenClassifier: Layer {
  /// The encoder, without pooler.
  public let bert: BERT
  /// The dropout of the vectors.
  public let dropout: Dropout
  /// W.
  public let classifier: Linear

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(_ form: BERTForm, classes: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    bert = BERT(form, pooler: false, using: &random)
    dropout = Dropout(form.classifierDropout, using: &random)
    classifier = form.linear(form.width, classes, using: &random)
  }

  /// The scores of the classes of each token, in texts of one segment without padding.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { calling { scores(of: bert(tokens)) } }

  /// The scores for vectors of the encoder.
  public func scores(of x: Tensor) -> Tensor { classifier(dropout(x)) }
}

/// BERT that finds the answer to a question in a text (§4.2), Hugging Face's `BertForQuestionAnswering`:
/// scores of where it starts and ends.
///
/// Shapes: `int64[batch, time]` → `[batch, time, 2]`.
public final class BERTQuestionAnswering: Layer {
  /// The encoder, without pooler.
  public let bert: BERT
  /// S and E, one below the other.
  @Submodule("qa_outputs") public var outputs: Linear

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - seed: What the weights are made from.
  public init(_ form: BERTForm, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    bert = BERT(form, pooler: false, using: &random)
    outputs = form.linear(form.width, 2, using: &random)
  }

  /// The scores of start and end at each position, in texts of one segment without padding.
  public func callAsFunction(_ tokens: Tensor) -> Tensor { calling { scores(of: bert(tokens)) } }

  /// The scores for vectors of the encoder, start and end along the last axis.
  public func scores(of x: Tensor) -> Tensor { outputs(x) }
}
