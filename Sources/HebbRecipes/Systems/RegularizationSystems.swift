extension TextbookSystem {
  /// Regularization and ensembles.
  static let regularization: [TextbookSystem] = [
    TextbookSystem(
      "dropout", "dropout", in: "HebbNN/Layers/Dropout.swift",
      shownBy: dropouts + ":theExpectationIsTheInput",
      dropouts + ":scalingInUseKeepsTheExpectation",
      "HebbNNTests/Layers/DropoutTests.swift:inUseNothingIsDropped",
      "recipe mlp-dropout", "recipe saito-dropout"),
    TextbookSystem(
      "dropout-backward", "the gradient passes where the value passed",
      in: "HebbNN/Layers/Dropout.swift",
      shownBy: dropouts + ":theGradientPassesWhereTheValuePassed"),
    TextbookSystem(
      "dropout-ensemble", "dropout as a mean of models", in: "HebbNN/Layers/Dropout.swift",
      shownBy: dropouts + ":theScaledNetAveragesAllMasks"),
    TextbookSystem(
      "noise-hidden", "noise on hidden units", in: "HebbNN/Layers/GaussianNoise.swift",
      shownBy: dropouts + ":gaussianNoiseHasItsStatistics",
      dropouts + ":drawsAreDeterminedAndResumed"),
    TextbookSystem(
      "noise-output", "noise on outputs: label smoothing",
      in: "HebbNN/Losses/SoftmaxCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/SoftmaxCrossEntropyTests.swift:agreesWithPyTorch"),
  ]

  private static let dropouts = "HebbNNTests/Layers/DropoutFamilyTests.swift"
}
