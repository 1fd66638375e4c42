extension TextbookSystem {
  /// Learning-rate schedules and training dynamics.
  static let training: [TextbookSystem] = [
    TextbookSystem(
      "early-stopping", "early stopping with patience", in: "HebbTraining/EarlyStopping.swift",
      shownBy: "HebbTrainingTests/TrainerFeatureTests.swift:earlyStoppingRestoresTheBestWeights")
  ]
}
