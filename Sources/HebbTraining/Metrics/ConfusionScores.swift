import HebbCore

/// How the classes are taken together.
public enum ClassAverage: Sendable, Hashable, CaseIterable {
  /// Over all examples, as if there were one class.
  case micro
  /// The mean over the classes that occur, true or predicted.
  case macro
  /// The mean over the classes, weighted by how often each is true.
  case weighted
}

/// Precision, recall and F score of classes, 0 where a fraction has no denominator (as scikit-learn's
/// `zero_division=0`).
public struct ClassScores: Sendable, Hashable {
  /// The share of what was taken for the class that is of it.
  public let precision: Double
  /// The share of what is of the class that was taken for it.
  public let recall: Double
  /// (1 + β²) p r / (β² p + r).
  public let fScore: Double
}

extension ConfusionCounts: Metric {
  /// These counts.
  public var value: ConfusionCounts { self }

  /// Takes a batch.
  ///
  /// - Parameters:
  ///   - outputs: Scores `[batch, classes]`, or the predicted classes `int64[batch]`.
  ///   - labels: `int64[batch]`.
  public mutating func update(_ outputs: Tensor, _ labels: Tensor) {
    let isFine =
      labels.rank == 1 && outputs.rank <= 2 && outputs.rank >= 1
      && outputs.shape[0] == labels.shape[0]
      && (outputs.rank == 1 || outputs.shape[1] == classCount)
    demand(isFine, "ConfusionCounts", outputs, labels)
    let predictions = outputs.rank == 2 ? outputs.argMax(axis: 1) : outputs
    for (truth, prediction) in zip(labels.integers(), predictions.integers()) {
      add(truth: truth, prediction: prediction)
    }
  }

  /// Forgets all examples.
  public mutating func reset() { self = ConfusionCounts(classCount: classCount) }

  /// The share of examples that were not recognized; nil without examples.
  public var errorRate: Double? { accuracy.map { 1 - $0 } }

  /// Precision, recall and F score of each class.
  ///
  /// - Parameter beta: How many times recall is as important as precision.
  /// - Returns: One for each class.
  public func classScores(beta: Double = 1) -> [ClassScores] {
    (0..<classCount).map { scores(of: [$0], beta: beta) }
  }

  /// Precision, recall and F score of all classes together.
  ///
  /// - Parameters:
  ///   - average: How they are taken together.
  ///   - beta: How many times recall is as important as precision.
  /// - Returns: One for all.
  public func scores(_ average: ClassAverage, beta: Double = 1) -> ClassScores {
    let all = Array(0..<classCount)
    guard average != .micro else { return scores(of: all, beta: beta) }
    let each = classScores(beta: beta)
    let weights = all.map { truth -> Double in
      let (own, predicted) = (trueCount(truth), predictedCount(truth))
      return average == .weighted ? Double(own) : own + predicted > 0 ? 1 : 0
    }
    let total = weights.reduce(0, +)
    func mean(_ value: (ClassScores) -> Double) -> Double {
      guard total > 0 else { return 0 }
      return zip(each, weights).reduce(0) { $0 + value($1.0) * $1.1 } / total
    }
    return ClassScores(
      precision: mean(\.precision), recall: mean(\.recall), fScore: mean(\.fScore))
  }

  /// The mean of the recalls of the classes that have examples; nil without examples.
  public var balancedAccuracy: Double? {
    let present = (0..<classCount).filter { trueCount($0) > 0 }
    guard !present.isEmpty else { return nil }
    let recalls = present.map { Double(self[$0, $0]) / Double(trueCount($0)) }
    return recalls.reduce(0, +) / Double(present.count)
  }

  /// Cohen's κ: agreement beyond what the frequencies of the classes give by chance,
  /// (pₒ − pₑ) / (1 − pₑ); nil where that is 0 / 0.
  ///
  /// - SeeAlso: Cohen 1960.
  public var kappa: Double? {
    let count = Double(total)
    guard let observed = accuracy else { return nil }
    let expected = (0..<classCount).reduce(0.0) { sum, label in
      sum + Double(trueCount(label)) / count * (Double(predictedCount(label)) / count)
    }
    return expected < 1 ? (observed - expected) / (1 - expected) : nil
  }

  /// Matthews' correlation coefficient for any number of classes, −1...1; 0 where all examples are of
  /// one class or taken for one.
  ///
  /// - SeeAlso: Gorodkin 2004, equation 2.
  public var matthewsCorrelation: Double {
    let count = Double(total)
    let correct = (0..<classCount).reduce(0.0) { $0 + Double(self[$1, $1]) }
    var (product, trueSquares, predictedSquares) = (0.0, 0.0, 0.0)
    for label in 0..<classCount {
      let (own, predicted) = (Double(trueCount(label)), Double(predictedCount(label)))
      product += own * predicted
      trueSquares += own * own
      predictedSquares += predicted * predicted
    }
    let spread = ((count * count - predictedSquares) * (count * count - trueSquares)).squareRoot()
    return spread > 0 ? (correct * count - product) / spread : 0
  }

  private func trueCount(_ label: Int) -> Int {
    (0..<classCount).reduce(0) { $0 + self[label, $1] }
  }

  private func predictedCount(_ label: Int) -> Int {
    (0..<classCount).reduce(0) { $0 + self[$1, label] }
  }

  private func scores(of classes: [Int], beta: Double) -> ClassScores {
    let hits = Double(classes.reduce(0) { $0 + self[$1, $1] })
    let own = Double(classes.reduce(0) { $0 + trueCount($1) })
    let predicted = Double(classes.reduce(0) { $0 + predictedCount($1) })
    let precision = predicted > 0 ? hits / predicted : 0
    let recall = own > 0 ? hits / own : 0
    // From the counts, not from the two fractions, which lose the case of both being 0.
    let square = beta * beta
    let denominator = square * own + predicted
    return ClassScores(
      precision: precision, recall: recall,
      fScore: denominator > 0 ? (1 + square) * hits / denominator : 0)
  }
}
