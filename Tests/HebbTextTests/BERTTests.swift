import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import HebbText
import Testing

@Suite struct BERTTests {
  private func encode(_ model: BERT, _ golden: TextGolden) throws -> Tensor {
    model(
      try golden["in/input_ids"], segments: try golden["in/token_type_ids"],
      isVisible: try golden["in/attention_mask"] .!= 0)
  }

  @Test(arguments: precisions) func agreesWithTransformers(dtype: DType, tolerance: Double) throws {
    let golden = try TextGolden("bert")
    var random = PhiloxGenerator(seed: 0)
    let model = BERT(try BERTForm(golden.config), using: &random)
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    let hidden = try encode(model, golden)
    expectClose(hidden, try golden["out/last_hidden_state"], within: tolerance)
    let pooler = try #require(model.pooler)
    expectClose(pooler(hidden), try golden["out/pooler_output"], within: tolerance)
  }

  @Test(arguments: precisions) func gradientsAgree(dtype: DType, tolerance: Double) throws {
    let golden = try TextGolden("bert_lm")
    let model = BERTMaskedLanguageModel(try BERTForm(golden.config), seed: 0)
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    let logits = model.head(try encode(model.bert, golden))
    expectClose(logits, try golden["out/logits"], within: tolerance)
    let loss = softmaxCrossEntropy(logits: logits, labels: try golden["labels"])
    expectClose(loss, try golden["loss"], within: tolerance)
    let expected = golden.all(under: "grad/")
    let slopes = gradients(of: loss, for: model)
    // All but the biases of the keys, which do nothing.
    #expect(slopes.parameters.count == expected.count + 2)
    for (name, slope) in slopes.named where !name.hasSuffix("key.bias") {
      expectClose(slope, try #require(expected[name], "\(name)"), within: tolerance, name)
    }
  }

  /// Scores at some places are those of all places, picked.
  @Test func scoresSomePlaces() throws {
    let golden = try TextGolden("bert_lm")
    let model = BERTMaskedLanguageModel(try BERTForm(golden.config), seed: 0)
    try model.load(golden.all(under: "state/"))
    let scores = model(
      try golden["in/input_ids"], segments: try golden["in/token_type_ids"],
      isVisible: try golden["in/attention_mask"] .!= 0,
      at: Tensor([2, 5, 3, 0], shape: [2, 2]))
    let all = try golden["out/logits"]
    expectClose(scores[0], stack([all[0][2], all[0][5]], axis: 0), within: 1e-5)
    expectClose(scores[1], stack([all[1][3], all[1][0]], axis: 0), within: 1e-5)
  }

  @Test(arguments: precisions) func headsAgree(dtype: DType, tolerance: Double) throws {
    var golden = try TextGolden("bert_classes")
    let classifier = BERTClassifier(try BERTForm(golden.config), classes: 3, seed: 0).eval()
    try classifier.load(golden.all(under: "state/"))
    classifier.cast(to: dtype)
    expectClose(
      classifier.scores(of: try encode(classifier.bert, golden)), try golden["out/logits"],
      within: tolerance)
    golden = try TextGolden("bert_tokens")
    let tagger = BERTTokenClassifier(try BERTForm(golden.config), classes: 5, seed: 0).eval()
    try tagger.load(golden.all(under: "state/"))
    tagger.cast(to: dtype)
    expectClose(
      tagger.scores(of: try encode(tagger.bert, golden)), try golden["out/logits"],
      within: tolerance)
    golden = try TextGolden("bert_answers")
    let answers = BERTQuestionAnswering(try BERTForm(golden.config), seed: 0)
    try answers.load(golden.all(under: "state/"))
    answers.cast(to: dtype)
    let scores = answers.scores(of: try encode(answers.bert, golden)).unstacked(axis: 2)
    expectClose(scores[0], try golden["out/start_logits"], within: tolerance)
    expectClose(scores[1], try golden["out/end_logits"], within: tolerance)
  }

  /// Base with and without pooler, uncased (Devlin et al. 2019, §3: 110M).
  @Test func parameterCounts() {
    var random = PhiloxGenerator(seed: 0)
    #expect(BERT(BERTForm(), using: &random).parameterCount == 109_482_240)
    #expect(BERT(BERTForm(), pooler: false, using: &random).parameterCount == 108_891_648)
  }

  /// A text of padding alone gives numbers.
  @Test func paddingAloneGivesNumbers() {
    var random = PhiloxGenerator(seed: 0)
    let model = BERT(BERTForm(vocabulary: 7, width: 4, layers: 1, heads: 2), using: &random).eval()
    let y = model(
      .zeros([1, 3], dtype: .int64), segments: nil, isVisible: .zeros([1, 3], dtype: .bool))
    #expect(y.doubles().allSatisfy { $0.isFinite })
  }

  @Test func hostileConfigurationsAreRefused() {
    for text in [
      #"{"hidden_size": 10, "num_attention_heads": 3}"#, #"{"num_hidden_layers": 0}"#,
      #"{"position_embedding_type": "relative_key"}"#, #"{"is_decoder": true}"#,
      #"{"hidden_dropout_prob": -0.1}"#, #"{"layer_norm_eps": "small"}"#,
    ] {
      #expect(throws: DataError.self, "\(text)") {
        let object = try #require(try JSONValue(parsing: text, name: "test").objectValue)
        _ = try BERTForm(object)
      }
    }
  }
}
