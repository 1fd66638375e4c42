import HebbCore
import HebbIO
import HebbNN
import HebbText

extension ModelTable {
  /// Transformers for text under the names, arguments and outputs of Hugging Face; sizes come from its
  /// `config.json`, the head from `architectures` in it.
  static let text: [NamedModel] = [
    NamedModel(
      "gpt2",
      "input_ids, attention_mask, position_ids, token_type_ids → last_hidden_state or logits; "
        + "sizes and head from --config"
    ) { call in
      try call.expectInputs("input_ids", "attention_mask", "position_ids", "token_type_ids")
      let form = try GPT2Form(call.demandedSettings())
      let (model, base, outputs) = try gpt2(call, form)
      let weights = call.renamed(
        base: base, isWhole: base === model, prefix: "transformer.", gpt2Name)
      let report = try weights.load(into: model)
      return ModelResult(try outputs(), report: report)
    },
    NamedModel(
      "bert",
      "input_ids, attention_mask, token_type_ids, position_ids → last_hidden_state, pooler_output, "
        + "logits, or start_logits, end_logits; sizes and head from --config"
    ) { call in
      try call.expectInputs("input_ids", "attention_mask", "position_ids", "token_type_ids")
      let form = try BERTForm(call.demandedSettings())
      let (model, base, outputs) = try bert(call, form)
      let weights = call.renamed(
        base: base, isWhole: base === model, prefix: "bert.", bertName)
      let report = try weights.load(into: model)
      return ModelResult(try outputs(), report: report)
    },
  ]

  /// A model, the part of it that stands alone under its own names, and what it computes once it has
  /// weights.
  private typealias Prepared = (
    model: any Module, base: any Module, outputs: () throws -> [String: Tensor]
  )

  private static func gpt2(_ call: ModelCall, _ form: GPT2Form) throws -> Prepared {
    let text = try TextInputs(
      call, vocabulary: form.vocabulary, context: form.context, segments: form.vocabulary)
    func run(_ model: GPT2) -> Tensor {
      model(
        text.tokens, isVisible: text.isVisible, positions: text.positions, segments: text.segments)
    }
    switch try call.architecture("GPT2Model", "GPT2LMHeadModel") {
    case "GPT2Model":
      var random = PhiloxGenerator(seed: 0)
      let model = GPT2(form, using: &random)
      return (model, model, { ["last_hidden_state": run(model)] })
    default:
      let model = GPT2LanguageModel(form, seed: 0)
      return (model, model.transformer, { ["logits": model.scores(of: run(model.transformer))] })
    }
  }

  /// Old files keep the causal mask beside the weights.
  private static func gpt2Name(_ name: String) -> String? {
    name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") ? nil : name
  }

  private static func bert(_ call: ModelCall, _ form: BERTForm) throws -> Prepared {
    let text = try TextInputs(
      call, vocabulary: form.vocabulary, context: form.context, segments: form.segments)
    func run(_ model: BERT) -> Tensor {
      model(
        text.tokens, segments: text.segments, isVisible: text.isVisible, positions: text.positions)
    }
    switch try call.architecture(
      "BertModel", "BertForMaskedLM", "BertForSequenceClassification",
      "BertForTokenClassification", "BertForQuestionAnswering")
    {
    case "BertModel":
      var random = PhiloxGenerator(seed: 0)
      let hasPooler = call.weights.keys.contains { $0.hasSuffix("pooler.dense.weight") }
      let model = BERT(form, pooler: hasPooler, using: &random)
      return (
        model, model,
        {
          let hidden = run(model)
          var outputs = ["last_hidden_state": hidden]
          if let pooler = model.pooler { outputs["pooler_output"] = pooler(hidden) }
          return outputs
        }
      )
    case "BertForMaskedLM":
      let model = BERTMaskedLanguageModel(form, seed: 0)
      return (model, model.bert, { ["logits": model.head(run(model.bert))] })
    case "BertForSequenceClassification":
      let classes = try call.sizes(of: "classifier.weight", "classes", "width")[0]
      let model = BERTClassifier(form, classes: classes, seed: 0)
      return (model, model.bert, { ["logits": model.scores(of: run(model.bert))] })
    case "BertForTokenClassification":
      let classes = try call.sizes(of: "classifier.weight", "classes", "width")[0]
      let model = BERTTokenClassifier(form, classes: classes, seed: 0)
      return (model, model.bert, { ["logits": model.scores(of: run(model.bert))] })
    default:
      let model = BERTQuestionAnswering(form, seed: 0)
      return (
        model, model.bert,
        {
          let scores = model.scores(of: run(model.bert)).unstacked(axis: 2)
          return ["start_logits": scores[0], "end_logits": scores[1]]
        }
      )
    }
  }

  /// The first published files call γ and β so, and number the positions beside the weights.
  private static func bertName(_ name: String) -> String? {
    if name.hasSuffix("embeddings.position_ids") { return nil }
    for (old, new) in [
      ("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"),
    ]
    where name.hasSuffix(old) {
      return name.dropLast(old.count) + new
    }
    return name
  }
}

/// The arguments of a Transformer for text, checked.
private struct TextInputs {
  let tokens: Tensor
  let isVisible: Tensor?
  let positions: Tensor?
  let segments: Tensor?

  init(_ call: ModelCall, vocabulary: Int, context: Int, segments: Int) throws(DataError) {
    tokens = try call.integers("input_ids", below: vocabulary, shape: nil)
    guard tokens.shape[1] <= context else {
      throw DataError(
        call.inputsName,
        "expected at most \(context) positions as \"input_ids\", found \(tokens.shape[1]); cut the "
          + "text")
    }
    let shape = tokens.shape
    isVisible = try call.optionalIntegers("attention_mask", below: 2, shape: shape).map { $0 .!= 0 }
    positions = try call.optionalIntegers("position_ids", below: context, shape: shape)
    self.segments = try call.optionalIntegers("token_type_ids", below: segments, shape: shape)
  }
}
