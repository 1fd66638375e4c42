import HebbCore

/// How well scores put the examples of one class above the others: precision-recall curve, average
/// precision, ROC curve and the area below it.
///
/// All scores are kept: 16 bytes an example.
public struct RankingScores: Metric, Hashable {
  /// These scores.
  public var value: RankingScores { self }

  /// A point of the precision-recall curve.
  public struct PrecisionRecall: Sendable, Hashable {
    /// The share of positives among the examples at or above the threshold.
    public let precision: Double
    /// The share of the positives that are at or above the threshold.
    public let recall: Double
    /// The score from which on an example is called positive; infinite at the end, where none is.
    public let threshold: Double
  }

  /// A point of the ROC curve.
  public struct OperatingPoint: Sendable, Hashable {
    /// The share of the negatives that are called positive.
    public let falsePositiveRate: Double
    /// The share of the positives that are called positive.
    public let truePositiveRate: Double
    /// The score from which on an example is called positive.
    public let threshold: Double
  }

  private var examples: [Example] = []

  private struct Example: Hashable {
    let score: Double
    let isPositive: Bool
  }

  /// No examples.
  public init() {}

  /// The number of examples.
  public var count: Int { examples.count }

  /// Takes a batch.
  ///
  /// - Parameters:
  ///   - scores: `[batch]`, the higher the likelier positive.
  ///   - labels: `[batch]`, 0 for negative examples and anything else for positive ones.
  public mutating func update(_ scores: Tensor, _ labels: Tensor) {
    demand(scores.rank == 1 && scores.shape == labels.shape, "RankingScores", scores, labels)
    for (score, label) in zip(scores.doubles(), labels.cast(to: .float64).doubles()) {
      examples.append(Example(score: score, isPositive: label != 0))
    }
  }

  /// Forgets all examples.
  public mutating func reset() { examples = [] }

  /// For each different score, descending: how many positives and examples are at or above it.
  private var steps: [(threshold: Double, positives: Int, all: Int)] {
    let sorted = examples.sorted { $0.score > $1.score }
    var result: [(threshold: Double, positives: Int, all: Int)] = []
    var positives = 0
    for (place, example) in sorted.enumerated() {
      if example.isPositive { positives += 1 }
      let isLast = place + 1 == sorted.count || sorted[place + 1].score != example.score
      if isLast { result.append((example.score, positives, place + 1)) }
    }
    return result
  }

  /// Precision over recall, by ascending thresholds, as scikit-learn's `precision_recall_curve`; the
  /// last point is (1, 0). Empty without positives.
  public var precisionRecallCurve: [PrecisionRecall] {
    let steps = steps
    guard let total = steps.last?.positives, total > 0 else { return [] }
    let points = steps.reversed().map { step in
      PrecisionRecall(
        precision: Double(step.positives) / Double(step.all),
        recall: Double(step.positives) / Double(total), threshold: step.threshold)
    }
    return points + [PrecisionRecall(precision: 1, recall: 0, threshold: .infinity)]
  }

  /// Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, descending; nil without positives.
  public var averagePrecision: Double? {
    let curve = precisionRecallCurve
    guard !curve.isEmpty else { return nil }
    return zip(curve, curve.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.0.recall - pair.1.recall) * pair.0.precision
    }
  }

  /// True positives over false positives, by descending thresholds, from (0, 0) to (1, 1). Empty
  /// without positives or without negatives.
  public var rocCurve: [OperatingPoint] {
    let steps = steps
    guard let last = steps.last, last.positives > 0, last.positives < last.all else { return [] }
    let (positives, negatives) = (Double(last.positives), Double(last.all - last.positives))
    let start = OperatingPoint(falsePositiveRate: 0, truePositiveRate: 0, threshold: .infinity)
    return [start]
      + steps.map { step in
        OperatingPoint(
          falsePositiveRate: Double(step.all - step.positives) / negatives,
          truePositiveRate: Double(step.positives) / positives, threshold: step.threshold)
      }
  }

  /// The area below the ROC curve: how often a positive has a higher score than a negative, ties
  /// counted half. Nil without positives or without negatives.
  public var areaUnderROC: Double? {
    let curve = rocCurve
    guard !curve.isEmpty else { return nil }
    return zip(curve, curve.dropFirst()).reduce(0) { sum, pair in
      let width = pair.1.falsePositiveRate - pair.0.falsePositiveRate
      return sum + width * (pair.0.truePositiveRate + pair.1.truePositiveRate) / 2
    }
  }
}
