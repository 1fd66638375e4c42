extension TextbookSystem {
  /// Transformers for text.
  static let text: [TextbookSystem] = [
    TextbookSystem(
      "bert", "BERT base and large", in: "HebbText/BERT.swift",
      shownBy: "HebbTextTests/BERTTests.swift:agreesWithTransformers",
      "HebbTextTests/BERTTests.swift:parameterCounts",
      "HebbRecipesTests/TextModelTests.swift:agreesWithTransformers"),
    TextbookSystem(
      "learned-position", "learned vectors of positions", in: "HebbNN/Layers/Positions.swift",
      shownBy: "HebbTextTests/BERTTests.swift:agreesWithTransformers",
      "HebbTextTests/GPT2Tests.swift:gradientsAgree"),
    TextbookSystem(
      "gpt3-named", "GPT, a language model that is trained beforehand", in: "HebbText/GPT2.swift",
      shownBy: "HebbTextTests/GPT2Tests.swift:gradientsAgree",
      "HebbRecipesTests/TextModelTests.swift:oldFilesAreRead", "recipe nanogpt-shakespeare"),
  ]
}
