import HebbCore
import HebbNN

/// A recurrent language model: the vectors of tokens, a stack of recurrent layers, and scores of the next
/// token after each.
///
/// Names of the weights are those of PyTorch's example `word_language_model`: `encoder.weight`,
/// `rnn.weight_ih_l0`, …, `decoder.weight`. Without vectors, tokens enter as one-hot vectors, as in "Dive
/// into Deep Learning". There is dropout on the vectors, between layers and before the scores.
///
/// Shapes: `int64[batch, time]` → `[batch, time, vocabulary]`.
///
/// - SeeAlso: Zaremba, Sutskever, Vinyals 2014 for the dropout; Mikolov et al. 2010.
public final class RecurrentLanguageModel: Layer, ModeDependent, TextWriter {
  /// The kind of the recurrent layers.
  public enum Unit: String, Sendable, Hashable, CaseIterable {
    /// Long short-term memory.
    case lstm
    /// Gated recurrent unit.
    case gru
    /// Elman's unit with tanh.
    case rnn
  }

  /// The sizes.
  public struct Form: Sendable, Hashable {
    /// The kind of the recurrent layers.
    public var unit: Unit
    /// How many tokens there are.
    public var vocabulary: Int
    /// The size of a token's vector; nil for one-hot vectors.
    public var width: Int?
    /// The size of h.
    public var hidden: Int
    /// How many layers stand one above the other.
    public var layers: Int
    /// The probability of dropout.
    public var dropout: Double
    /// In training with batches of this size, each row goes on where the same row of the batch before
    /// ended (without gradient across); nil to begin at zeros each time.
    public var carriedRows: Int?

    /// Sizes.
    public init(
      _ unit: Unit, vocabulary: Int, width: Int? = nil, hidden: Int, layers: Int = 1,
      dropout: Double = 0, carriedRows: Int? = nil
    ) {
      self.unit = unit
      self.vocabulary = vocabulary
      self.width = width
      self.hidden = hidden
      self.layers = layers
      self.dropout = dropout
      self.carriedRows = carriedRows
    }
  }

  /// What the layers remember: h, and c of long short-term memories, each `[layers, batch, hidden]`.
  public struct State: Sendable {
    /// h.
    public var hidden: Tensor
    /// c; nil of others.
    public var cell: Tensor?
  }

  /// The sizes.
  public let form: Form
  /// The vectors of the tokens; nil for one-hot vectors.
  public let encoder: Embedding?
  /// The dropout of vectors and of what the scores are made from; nil without.
  @Submodule("drop") public var dropout: Dropout?
  /// `LSTM`, `GRU` or `RNN`.
  public let rnn: any Layer
  /// From h to the scores.
  public let decoder: Linear
  /// The carried h; nil where nothing is carried.
  @Buffer("state_h", required: false) public var carriedHidden: Tensor?
  /// The carried c.
  @Buffer("state_c", required: false) public var carriedCell: Tensor?
  /// Whether the state is carried over.
  public var isTraining = true

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - form: The sizes.
  ///   - seed: What weights and masks are made from.
  public init(_ form: Form, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    self.form = form
    encoder = form.width.map { Embedding(count: form.vocabulary, width: $0, using: &random) }
    let options = RecurrentOptions(
      layers: form.layers, dropout: form.layers > 1 ? form.dropout : 0)
    let inputs = form.width ?? form.vocabulary
    switch form.unit {
    case .lstm: rnn = LSTM(inputs: inputs, hidden: form.hidden, options, using: &random)
    case .gru: rnn = GRU(inputs: inputs, hidden: form.hidden, options, using: &random)
    case .rnn: rnn = RNN(inputs: inputs, hidden: form.hidden, options, using: &random)
    }
    decoder = Linear(inputs: form.hidden, outputs: form.vocabulary, using: &random)
    dropout = form.dropout > 0 ? Dropout(form.dropout, using: &random) : nil
    if let rows = form.carriedRows {
      let zeros = Tensor.zeros([form.layers, rows, form.hidden]).evaluated()
      carriedHidden = zeros
      carriedCell = form.unit == .lstm ? zeros : nil
    }
  }

  /// The scores of the next token after each one.
  public func callAsFunction(_ tokens: Tensor) -> Tensor {
    guard tokens.rank == 2 else {
      stop("RecurrentLanguageModel: expects [batch, time], not \(tokens.shape)")
    }
    return scores(ofTimes: tokens.transposed(0, 1)).transposed(0, 1)
  }

  /// The scores with the axis of time first, as the layers work: `int64[time, batch]` →
  /// `[time, batch, vocabulary]`.
  public func scores(ofTimes tokens: Tensor) -> Tensor {
    guard isTraining, let hidden = carriedHidden, hidden.shape[1] == tokens.shape[1] else {
      return read(tokens, from: nil).scores
    }
    let (scores, state) = read(tokens, from: State(hidden: hidden, cell: carriedCell))
    carriedHidden = stopGradient(state.hidden)
    carriedCell = state.cell.map { stopGradient($0) }
    return scores
  }

  /// Reads tokens, `int64[time, batch]`, from a state on; from zeros where nil.
  public func read(_ tokens: Tensor, from state: State?) -> (scores: Tensor, state: State) {
    calling {
      guard tokens.rank == 2, tokens.dtype == .int64 else {
        stop("RecurrentLanguageModel: expects int64 [time, batch], not \(tokens.type)")
      }
      var x =
        encoder.map { $0(tokens) }
        ?? tokens.oneHot(form.vocabulary, dtype: decoder.weight.dtype)
      if encoder != nil, let dropout { x = dropout(x) }
      let (outputs, next) = step(x, state)
      return (decoder(dropout.map { $0(outputs) } ?? outputs), next)
    }
  }

  private func step(_ x: Tensor, _ state: State?) -> (outputs: Tensor, state: State) {
    switch rnn {
    case let lstm as LSTM:
      let initial = state.flatMap { state in
        state.cell.map { LSTMCell.State(hidden: state.hidden, cell: $0) }
      }
      let result = lstm.read(x, from: initial)
      return (result.outputs, State(hidden: result.state.hidden, cell: result.state.cell))
    case let gru as GRU:
      let result = gru.read(x, from: state?.hidden)
      return (result.outputs, State(hidden: result.hidden, cell: nil))
    case let plain as RNN:
      let result = plain.read(x, from: state?.hidden)
      return (result.outputs, State(hidden: result.hidden, cell: nil))
    default: stop("RecurrentLanguageModel: there is no unit \(type(of: rnn))")
    }
  }

  /// Goes on with a text.
  ///
  /// - Parameters:
  ///   - tokens: The beginning, one token or more.
  ///   - count: How many tokens are added.
  ///   - sampling: How they are chosen.
  /// - Returns: The added tokens.
  public func generate(
    after tokens: [Int], count: Int, _ sampling: TokenSampling = .init()
  ) -> [Int] {
    guard !tokens.isEmpty, tokens.allSatisfy({ (0..<form.vocabulary).contains($0) }) else {
      stop("generate: needs tokens below \(form.vocabulary) to begin with")
    }
    var random = PhiloxGenerator(seed: sampling.seed)
    var added: [Int] = []
    withoutGradients {
      // One token at a time, so that every text takes the same plan.
      var state: State?
      var scores: [Double] = []
      func take(_ token: Int) {
        let (result, next) = read(Tensor([Int64(token)], shape: [1, 1]), from: state)
        Tensor.evaluate([result, next.hidden] + (next.cell.map { [$0] } ?? []))
        state = next
        scores = result.doubles()
      }
      for token in tokens { take(token) }
      while added.count < count {
        let token = sampling.choose(from: scores, using: &random)
        added.append(token)
        if added.count < count { take(token) }
      }
    }
    return added
  }
}
