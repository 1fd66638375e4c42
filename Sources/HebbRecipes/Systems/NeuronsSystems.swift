extension TextbookSystem {
  /// Neurons, learning rules, activations.
  static let neurons: [TextbookSystem] = [
    TextbookSystem(
      "mlp", "multilayer perceptron", in: "HebbVision/MLP.swift", shownBy: "recipe mlp")
  ]
}
