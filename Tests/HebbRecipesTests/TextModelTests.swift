import HebbCPU
import HebbCore
import HebbIO
import HebbRecipes
import HebbTestSupport
import Testing

/// `gpt2` and `bert` of `hebb run`, from weights and arrays of transformers.
@Suite struct TextModelTests {
  private func golden(
    _ name: String
  ) throws -> (config: JSONObject, tensors: (String) -> [String: Tensor]) {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let path = parts.joined(separator: "/") + "/Goldens/text_models.safetensors"
    let file = try SafeTensors(path: path)
    let all = try file.tensors()
    let text = try #require(file.metadata[name])
    let config = try #require(try JSONValue(parsing: text, name: name).objectValue)
    return (
      config,
      { prefix in
        var result: [String: Tensor] = [:]
        for (key, tensor) in all where key.hasPrefix("\(name)/\(prefix)/") {
          result[String(key.dropFirst(name.count + prefix.count + 2))] = tensor
        }
        return result
      }
    )
  }

  private func run(
    _ model: String, _ weights: [String: Tensor], _ inputs: [String: Tensor], _ config: JSONObject
  ) throws -> [String: Tensor] {
    let call = ModelCall(
      model: model, weights: weights, weightsName: "w", inputs: inputs, inputsName: "in",
      settings: config)
    return try ModelTable.model(named: model).run(call).outputs
  }

  @Test(arguments: [
    "gpt2", "gpt2_lm", "bert", "bert_lm", "bert_classes", "bert_tokens", "bert_answers",
  ])
  func agreesWithTransformers(name: String) throws {
    let (config, tensors) = try golden(name)
    let model = name.hasPrefix("gpt2") ? "gpt2" : "bert"
    let outputs = try run(model, tensors("state"), tensors("in"), config)
    let expected = tensors("out")
    #expect(outputs.keys.sorted() == expected.keys.sorted())
    for (key, tensor) in expected {
      expectClose(try #require(outputs[key]), tensor, within: 1e-5, "\(name) \(key)")
    }
  }

  /// The files of the first years: no prefix before a head's model, the causal mask beside the weights,
  /// γ and β; and integers of 32 bits.
  @Test func oldFilesAreRead() throws {
    let (config, tensors) = try golden("gpt2_lm")
    var weights: [String: Tensor] = [:]
    for (name, tensor) in tensors("state") {
      weights[name.replacing("transformer.", with: "")] = tensor
    }
    weights["h.0.attn.bias"] = .ones([1, 1, 9, 9])
    let ids = tensors("in").mapValues { $0.cast(to: .int32) }
    let outputs = try run("gpt2", weights, ids, config)
    expectClose(
      try #require(outputs["logits"]), try #require(tensors("out")["logits"]), within: 1e-5)
    let (bertConfig, bert) = try golden("bert")
    var old: [String: Tensor] = [:]
    for (name, tensor) in bert("state") {
      let renamed = name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
        .replacing("LayerNorm.bias", with: "LayerNorm.beta")
      old["bert." + renamed] = tensor
    }
    old["bert.embeddings.position_ids"] = Tensor([0, 1, 2], shape: [1, 3])
    let hidden = try run("bert", old, bert("in"), bertConfig)
    expectClose(
      try #require(hidden["pooler_output"]), try #require(bert("out")["pooler_output"]),
      within: 1e-5)
  }

  @Test func wrongArgumentsAreSentences() throws {
    let (config, tensors) = try golden("bert_answers")
    let ids = try #require(tensors("in")["input_ids"])
    let long = Tensor.zeros([1, 10], dtype: .int64)
    for (inputs, part) in [
      ([:], "expected an array \"input_ids\""),
      (["input_ids": ids, "labels": ids], "found also \"labels\""),
      (["input_ids": ids.cast(to: .float32)], "expected integers of shape [batch, time]"),
      (["input_ids": ids + 20], "expected \"input_ids\" to be from 0 to 22"),
      (["input_ids": ids - 30], "expected \"input_ids\" to be from 0 to 22"),
      (["input_ids": long], "expected at most 9 positions"),
      (["input_ids": ids, "attention_mask": ids + 2], "expected \"attention_mask\" to be from 0"),
      (["input_ids": ids, "token_type_ids": ids[0]], "expected integers of shape [2, 7]"),
      (["input_ids": ids, "position_ids": ids * 0 + 9], "expected \"position_ids\" to be from 0"),
    ] as [([String: Tensor], String)] {
      expectSentence(part) { _ = try run("bert", tensors("state"), inputs, config) }
    }
    expectSentence("give its config.json") {
      _ = try run("bert", tensors("state"), ["input_ids": ids], JSONObject())
    }
    var other = config
    other["architectures"] = ["BertForMultipleChoice"]
    expectSentence("BertForMultipleChoice") {
      _ = try run("bert", tensors("state"), ["input_ids": ids], other)
    }
    other["architectures"] = ["BertForMaskedLM"]
    expectSentence("cls.predictions.bias") {
      _ = try run("bert", tensors("state"), ["input_ids": ids], other)
    }
  }
}
