import HebbCore
import HebbNN

/// How a classifier did on each example: which classes it mixes up, what it makes of the first
/// examples, and its worst mistakes.
public struct ClassificationDetails: Sendable {
  /// An example and the class that it was taken for.
  public struct Judgment: Sendable, Hashable {
    /// The index of the example in the data set.
    public let index: Int
    /// The true class.
    public let truth: Int
    /// The class that was predicted.
    public let prediction: Int
    /// The probability that the model gives to the predicted class, 0...1.
    public let probability: Double
    /// The loss of the example, -ln of the probability of the true class.
    public let loss: Double

    /// Whether the class is the true one.
    public var isRight: Bool { prediction == truth }
  }

  /// How often each class was taken for each.
  public let confusion: ConfusionCounts
  /// The mistakes with the largest losses, the worst first.
  public let worst: [Judgment]
  /// The first examples, right or wrong: the model at work.
  public let first: [Judgment]

  /// Measures a classifier on a data set.
  ///
  /// - Parameters:
  ///   - model: Gives logits, `[batch, classes]`.
  ///   - data: Examples with targets `int64[batch]`.
  ///   - classCount: The number of classes.
  ///   - limit: How many mistakes and how many first examples are kept.
  /// - Throws: What reading the data throws.
  public init(
    of model: any Layer, on data: AnyDataset, classCount: Int, limit: Int = 24
  ) throws {
    var confusion = ConfusionCounts(classCount: classCount)
    var (worst, first): ([Judgment], [Judgment]) = ([], [])
    try forEachBatch(of: data, 256, through: model) { batch, logits in
      let probabilities = logSoftmax(logits).cast(to: .float64).doubles()
      for (row, truth) in batch.targets.integers().enumerated() {
        let scores = probabilities[row * classCount..<(row + 1) * classCount]
        let best = scores.indices.reduce(scores.startIndex) { scores[$1] > scores[$0] ? $1 : $0 }
        let prediction = best - scores.startIndex
        confusion.add(truth: truth, prediction: prediction)
        guard prediction != truth || first.count < limit else { continue }
        let judgment = Judgment(
          index: batch.indices[row], truth: truth, prediction: prediction,
          probability: exponential(scores[best]), loss: -scores[scores.startIndex + truth])
        if first.count < limit { first.append(judgment) }
        if !judgment.isRight { worst.append(judgment) }
      }
      worst.sort { ($1.loss, $0.index) < ($0.loss, $1.index) }
      worst.removeLast(max(0, worst.count - limit))
    }
    self.confusion = confusion
    self.worst = worst
    self.first = first
  }
}
