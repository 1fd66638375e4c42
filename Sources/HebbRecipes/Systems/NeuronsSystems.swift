extension TextbookSystem {
  private static let family = "HebbNNTests/Layers/ActivationFamilyTests.swift"
  private static let elementary = "HebbNNTests/Layers/ActivationsTests.swift"

  /// Neurons, learning rules, activations.
  static let neurons: [TextbookSystem] = [
    TextbookSystem(
      "mlp", "multilayer perceptron", in: "HebbVision/MLP.swift", shownBy: "recipe mlp"),
    TextbookSystem(
      "act-identity", "identity, the output of a regression",
      in: "HebbNN/Layers/Containers.swift",
      shownBy: family + ":identityHandsThrough"),
    TextbookSystem(
      "act-step", "step function", in: "HebbNN/Layers/ActivationsRectified.swift",
      shownBy: family + ":stepHasNoSlopeAndDoesNotLearn"),
    TextbookSystem(
      "act-sigmoid", "sigmoid", in: "HebbNN/Layers/Activations.swift",
      shownBy: elementary + ":agreesWithPyTorch",
      family + ":sigmoidSurvivesLargeNumbersAndIsSteepestAtZero"),
    TextbookSystem(
      "act-hard-sigmoid", "hard sigmoid from two rectifiers",
      in: "HebbCore/Operations/Activations.swift",
      shownBy: family + ":twoRectifiersMakeAHardSigmoid"),
    TextbookSystem(
      "act-tanh", "tanh", in: "HebbNN/Layers/Activations.swift",
      shownBy: elementary + ":agreesWithPyTorch"),
    TextbookSystem(
      "act-relu", "ReLU", in: "HebbNN/Layers/Activations.swift",
      shownBy: elementary + ":agreesWithPyTorch",
      family + ":rectifierIsSparse"),
    TextbookSystem(
      "act-softplus", "softplus", in: "HebbNN/Layers/ActivationsSmooth.swift",
      shownBy: elementary + ":agreesWithPyTorch",
      family + ":softplusOfLargeNumbers"),
    TextbookSystem(
      "act-leaky-relu", "leaky ReLU", in: "HebbNN/Layers/Activations.swift",
      shownBy: elementary + ":agreesWithPyTorch",
      family + ":leakyRectifierKeepsAPart"),
    TextbookSystem(
      "act-softmax", "softmax of logits, without overflow", in: "HebbCore/Operations/Softmax.swift",
      shownBy: family + ":softmaxSubtractsTheLargestAndKeepsTheOrder"),
    TextbookSystem(
      "sigmoid-softmax-equiv", "softmax of two classes equals a sigmoid",
      in: "HebbCore/Operations/Softmax.swift",
      shownBy: family + ":softmaxOfTwoIsASigmoid"),
    TextbookSystem(
      "linear-collapse", "linear activations collapse to one layer",
      in: "HebbNN/Layers/Linear.swift",
      shownBy: family + ":linearLayersCollapse"),
    TextbookSystem(
      "one-hot", "one-hot coding", in: "HebbCore/Operations/Iota.swift",
      shownBy: family + ":oneHotVectorsAreEquallyFarApart"),
    TextbookSystem(
      "act-maxout", "maxout", in: "HebbNN/Layers/ActivationsAxis.swift",
      shownBy: "HebbNNTests/LayerCatalogTests.swift:gradientsAgreeWithDifferences",
      "HebbNNTests/Layers/ActivationFamilyTests.swift:maxoutOfTwoPiecesIsTheMagnitude",
      "recipe maxout"),
  ]
}
