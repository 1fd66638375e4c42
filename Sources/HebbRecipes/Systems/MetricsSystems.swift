extension TextbookSystem {
  /// Metrics and evaluation.
  static let metrics: [TextbookSystem] = [
    TextbookSystem(
      "metric-accuracy", "accuracy", in: "HebbTraining/Metrics/ConfusionCounts.swift",
      shownBy: "\(goldens):confusionMatrixAndWhatFollowsFromIt"),
    TextbookSystem(
      "metric-precision", "precision", in: "HebbTraining/Metrics/ConfusionScores.swift",
      shownBy: "\(goldens):precisionRecallAndF"),
    TextbookSystem(
      "metric-recall", "recall", in: "HebbTraining/Metrics/ConfusionScores.swift",
      shownBy: "\(goldens):precisionRecallAndF"),
    TextbookSystem(
      "metric-f1", "F score", in: "HebbTraining/Metrics/ConfusionScores.swift",
      shownBy: "\(goldens):precisionRecallAndF"),
    TextbookSystem(
      "metric-pr-curve", "precision-recall curve", in: "HebbTraining/Metrics/RankingScores.swift",
      shownBy: "\(goldens):rankingCurvesAndAreas"),
    TextbookSystem(
      "metric-error-rate", "top-1 and top-5 error", in: "HebbTraining/Metrics/TopAccuracy.swift",
      shownBy: "\(goldens):topAccuracyAndErrorRate"),
    TextbookSystem(
      "metric-perplexity", "perplexity", in: "HebbTraining/Metrics/Perplexity.swift",
      shownBy: "\(goldens):perplexityHasItsLimits"),
    TextbookSystem(
      "confusion-matrix", "confusion matrix, worst errors",
      in: "HebbTraining/Metrics/ConfusionCounts.swift",
      shownBy: "\(goldens):confusionMatrixAndWhatFollowsFromIt",
      "HebbTrainingTests/Report/RunReportTests.swift:showsEverything"),
  ]

  private static let goldens = "HebbTrainingTests/Metrics/MetricGoldenTests.swift"
}
