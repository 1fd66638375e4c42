import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import HebbText
import Testing

@Suite struct GPT2Tests {
  @Test(arguments: precisions) func agreesWithTransformers(dtype: DType, tolerance: Double) throws {
    let golden = try TextGolden("gpt2")
    var random = PhiloxGenerator(seed: 0)
    let model = GPT2(try GPT2Form(golden.config), using: &random)
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    expectClose(
      model(try golden["in/input_ids"]), try golden["out/last_hidden_state"], within: tolerance)
  }

  @Test(arguments: precisions) func gradientsAgree(dtype: DType, tolerance: Double) throws {
    let golden = try TextGolden("gpt2_lm")
    let model = GPT2LanguageModel(try GPT2Form(golden.config), seed: 0)
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    model.train()
    let logits = model(try golden["in/input_ids"])
    expectClose(logits, try golden["out/logits"], within: tolerance)
    let loss = softmaxCrossEntropy(logits: logits, labels: try golden["labels"])
    expectClose(loss, try golden["loss"], within: tolerance)
    let slopes = gradients(of: loss, for: model)
    let expected = golden.all(under: "grad/")
    #expect(slopes.parameters.names.sorted() == expected.keys.sorted())
    for (name, slope) in slopes.named {
      expectClose(slope, try #require(expected[name]), within: tolerance, name)
    }
  }

  /// Padding on the left, positions that do not count it, the exact GELU, another inner size.
  @Test(arguments: precisions) func ignoresPadding(dtype: DType, tolerance: Double) throws {
    let golden = try TextGolden("gpt2_padded")
    let form = try GPT2Form(golden.config)
    #expect(form.hidden == 20 && form.activation == .gelu)
    let model = GPT2LanguageModel(form, seed: 0).eval()
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    let isVisible = try golden["in/attention_mask"] .!= 0
    let hidden = model.transformer(
      try golden["in/input_ids"], isVisible: isVisible, positions: try golden["in/position_ids"])
    let logits = model.scores(of: hidden)
    let expected = try golden["out/logits"]
    // What stands at padding means nothing, but it is a number.
    #expect(logits.doubles().allSatisfy { $0.isFinite })
    expectClose(logits[0], expected[0], within: tolerance)
    expectClose(logits[1][3..<7], expected[1][3..<7], within: tolerance)
  }

  /// Parameters of nanoGPT's two settings, and of the smallest GPT-2 (Radford et al. 2019, table 2, as
  /// the published files have it).
  @Test func parameterCounts() {
    func count(_ form: GPT2Form) -> Int { GPT2LanguageModel(form, seed: 0).parameterCount }
    #expect(
      count(.nano(vocabulary: 65, context: 64, width: 128, layers: 4, heads: 4)) == 804_096)
    #expect(
      count(.nano(vocabulary: 65, context: 256, width: 384, layers: 6, heads: 6)) == 10_745_088)
    #expect(count(GPT2Form()) == 124_439_808)
  }

  /// A position knows nothing of those after it, with and without dropout.
  @Test func looksBackOnly() {
    let form = GPT2Form.nano(vocabulary: 11, context: 8, width: 8, layers: 2, heads: 2)
    let model = GPT2LanguageModel(form, seed: 3).eval()
    let first = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 6])
    let second = Tensor([1, 2, 3, 9, 8, 7], shape: [1, 6])
    let (a, b) = (model(first), model(second))
    #expect(a[0][0..<3].floats() == b[0][0..<3].floats())
    #expect(a[0][3].floats() != b[0][3].floats())
  }

  /// Dropout changes the training pass, keeps its mean, and is off in use.
  @Test func dropsInTrainingOnly() {
    let form = GPT2Form.nano(
      vocabulary: 11, context: 8, width: 8, layers: 1, heads: 2, dropout: 0.5)
    let model = GPT2LanguageModel(form, seed: 3)
    let tokens = Tensor([1, 2, 3, 4], shape: [1, 4])
    model.train()
    #expect(model(tokens).floats() != model(tokens).floats())
    model.eval()
    #expect(model(tokens).floats() == model(tokens).floats())
  }

  @Test func hostileConfigurationsAreRefused() {
    for text in [
      #"{"n_embd": 10, "n_head": 3}"#, #"{"n_layer": 0}"#, #"{"vocab_size": 1e30}"#,
      #"{"n_positions": -1}"#, #"{"activation_function": "sinc"}"#, #"{"attn_pdrop": 2}"#,
      #"{"n_embd": "large"}"#, #"{"scale_attn_by_inverse_layer_idx": true}"#,
      #"{"layer_norm_epsilon": 0}"#,
    ] {
      #expect(throws: DataError.self, "\(text)") {
        let object = try #require(try JSONValue(parsing: text, name: "test").objectValue)
        _ = try GPT2Form(object)
      }
    }
  }

  /// In a training step GELU's results are computed again with its slopes instead of being kept.
  @Test func keepsNoResultsOfGELU() {
    var form = GPT2Form.nano(vocabulary: 260, context: 256, width: 64, layers: 3, heads: 2)
    form.hidden = 1024
    let model = GPT2LanguageModel(form, seed: 3)
    let tokens = Tensor((0..<1024).map { Int64($0 * 7 % 260) }, shape: [4, 256])
    func slopes() {
      let loss = softmaxCrossEntropy(logits: model(tokens), labels: tokens)
      Tensor.evaluate([loss] + gradients(of: loss, for: model).named.map(\.1))
    }
    slopes()
    let plans = PlanRecorder.record(.steps) { slopes() }.compactMap(\.plan)
    let joined = plans.flatMap(\.steps).filter { $0.label.contains("gelu geluSlope") }
    #expect(joined.count == form.layers)
  }
}
