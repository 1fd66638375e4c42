extension TextbookSystem {
  /// Tensor, calculus and automatic differentiation.
  static let calculus: [TextbookSystem] = [
    TextbookSystem(
      "affine-backward", "fully connected layer and its gradients",
      in: "HebbNN/Layers/Linear.swift",
      shownBy: "HebbNNTests/Layers/LinearTests.swift:agreesWithPyTorch")
  ]
}
