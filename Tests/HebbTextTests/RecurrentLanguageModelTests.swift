import HebbCPU
import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbText
import Testing

@Suite struct RecurrentLanguageModelTests {
  static let forms: [String: RecurrentLanguageModel.Form] = [
    "lstm_lm": .init(.lstm, vocabulary: 11, width: 6, hidden: 18, layers: 2),
    "gru_lm": .init(.gru, vocabulary: 7, hidden: 20),
  ]

  /// Single precision walks in one operation, double precision step by step.
  @Test(arguments: ["lstm_lm", "gru_lm"], precisions)
  func agreesWithPyTorch(_ name: String, _ precision: (DType, Double)) throws {
    let golden = try SequenceGolden(name)
    let model = RecurrentLanguageModel(try #require(Self.forms[name]), seed: 0)
    try model.load(golden.all(under: "state/"))
    model.cast(to: precision.0)
    let tokens = try golden["tokens"]
    let first = model.read(tokens[0], from: nil)
    expectClose(first.scores, try golden["scores"], within: precision.1)
    let second = model.read(tokens[1], from: first.state)
    expectClose(second.scores, try golden["more"], within: precision.1)
    expectClose(second.state.hidden, try golden["hidden"], within: precision.1)
    let loss = softmaxCrossEntropy(logits: second.scores, labels: tokens[2])
    expectClose(loss, try golden["loss"], within: precision.1)
    let slopes = gradients(of: loss, for: model)
    let expected = golden.all(under: "grad/")
    #expect(slopes.parameters.names.sorted() == expected.keys.sorted())
    for (name, slope) in slopes.named {
      expectClose(slope, try #require(expected[name]), within: precision.1, name)
    }
  }

  /// Two blocks in training give what both together give; in use each begins at zeros.
  @Test(arguments: RecurrentLanguageModel.Unit.allCases)
  func theStateIsCarriedOver(_ unit: RecurrentLanguageModel.Unit) {
    let model = RecurrentLanguageModel(
      .init(unit, vocabulary: 5, hidden: 4, layers: 2, carriedRows: 3), seed: 1)
    let tokens = Tensor.sampleIndices([8, 3], below: 5, 2)
    let whole = model.read(tokens, from: nil).scores
    model.train()
    let first = model.scores(ofTimes: tokens[0..<4])
    let second = model.scores(ofTimes: tokens[4..<8])
    expectClose(concatenate([first, second]), whole, within: 1e-6)
    model.eval()
    expectClose(model.scores(ofTimes: tokens[0..<4]), whole[0..<4], within: 1e-6)
  }

  @Test func aStepLeavesTheStateComputed() {
    let model = RecurrentLanguageModel(
      .init(.lstm, vocabulary: 5, width: 3, hidden: 4, dropout: 0.5, carriedRows: 2), seed: 1)
    model.train()
    let optimizer = SGD(model, rate: 0.5)
    let tokens = Tensor.sampleIndices([6, 2], below: 5, 3)
    var losses: [Double] = []
    for _ in 0..<3 {
      let loss = softmaxCrossEntropy(logits: model.scores(ofTimes: tokens), labels: tokens)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      losses.append(loss.item())
    }
    #expect(model.carriedHidden?.doubles().contains { $0 != 0 } == true)
    #expect(Set(losses).count == 3)
  }

  @Test func wordsOfTheListOfWorkloads() {
    let form = RecurrentLanguageModel.Form(
      .lstm, vocabulary: 10_000, width: 650, hidden: 650, layers: 2)
    // 10,000 · 650 · 2 + 10,000 + 2 · 4 · 650 · (650 + 650 + 2).
    #expect(RecurrentLanguageModel(form, seed: 0).parameterCount == 19_780_400)
  }

  /// A text that was learned by heart comes back.
  @Test func generatesWhatItLearned() {
    let model = RecurrentLanguageModel(.init(.gru, vocabulary: 4, hidden: 16), seed: 5)
    let text = [0, 1, 2, 3, 3, 2, 1, 0, 2, 0, 1, 3]
    let optimizer = Adam(model, rate: 0.02)
    let tokens = Tensor(text.map { Int64($0) }, shape: [text.count, 1])
    for _ in 0..<150 {
      let scores = model.scores(ofTimes: tokens[0..<text.count - 1])
      let loss = softmaxCrossEntropy(logits: scores, labels: tokens[1..<text.count])
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
    let added = model.generate(after: [0], count: text.count - 1, TokenSampling(temperature: 0))
    #expect([0] + added == text)
  }

  /// TensorFlow's cell step by step, as its documentation has it, against the converted weights.
  @Test func readsTheWeightsOfBasicLSTMCells() throws {
    let (hidden, width, vocabulary) = (3, 2, 4)
    let weights: [String: Tensor] = [
      "embedding": .sample([vocabulary, width], 1), "softmax_w": .sample([hidden, vocabulary], 2),
      "softmax_b": .sample([vocabulary], 3),
      "lstm0.kernel": .sample([width + hidden, 4 * hidden], 4),
      "lstm0.bias": .sample([4 * hidden], 5),
    ]
    let converted = try RecurrentLanguageModel.pyTorchWeights(weights, file: "test")
    let form = try RecurrentLanguageModel.Form(of: converted, file: "test")
    #expect(form == .init(.lstm, vocabulary: vocabulary, width: width, hidden: hidden))
    let model = RecurrentLanguageModel(form, seed: 0)
    try model.load(converted)
    let tokens = [2, 0, 3, 1, 1]
    var (h, c) = (Tensor.zeros([1, hidden]), Tensor.zeros([1, hidden]))
    var expected: [Tensor] = []
    for token in tokens {
      let x = try #require(weights["embedding"])[token..<token + 1]
      let sums = matmul(
        concatenate([x, h], axis: 1), try #require(weights["lstm0.kernel"]))
      let gates = (sums + (try #require(weights["lstm0.bias"]))).split(4, axis: 1)
      c = c * sigmoid(gates[2] + 1) + sigmoid(gates[0]) * tanh(gates[1])
      h = sigmoid(gates[3]) * tanh(c)
      expected.append(
        matmul(h, try #require(weights["softmax_w"])) + (try #require(weights["softmax_b"])))
    }
    let scores = model(Tensor(tokens.map { Int64($0) }, shape: [1, tokens.count]))
    expectClose(scores[0], concatenate(expected), within: 1e-6)
  }

  @Test func otherWeightsAreRefused() {
    #expect(throws: (any Error).self) {
      try RecurrentLanguageModel.Form(of: ["decoder.weight": .zeros([3, 4])], file: "test")
    }
    #expect(throws: (any Error).self) {
      try RecurrentLanguageModel.pyTorchWeights(
        ["lstm0.kernel": .zeros([3, 8]), "lstm0.bias": .zeros([7])], file: "test")
    }
  }
}
