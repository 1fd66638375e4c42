import HebbCore

/// What is measured during training. Losses stay tensors until they are read, some steps later.
struct TrainingMeter {
  /// The measures of this pass.
  var epoch = MetricSums()
  /// The measures since the last line of the log.
  var window = MetricSums()
  /// The last loss that was a number.
  private(set) var lastFinite: (loss: Double, step: Int)?

  private var unread: [(assessment: Assessment, count: Int, step: Int)] = []

  /// Whether so much is unread that it should not wait longer.
  var isFull: Bool { unread.count >= 256 }

  mutating func add(_ assessment: Assessment, count: Int, step: Int) {
    unread.append((assessment, count, step))
  }

  /// Reads what is unread.
  ///
  /// - Returns: The first loss that is no number, with its step; nil if all are.
  mutating func read() -> (loss: Double, step: Int)? {
    for (assessment, count, step) in unread {
      let values = assessment.values(count: count)
      let loss = assessment.loss.item()
      guard loss.isFinite else { return (loss, step) }
      lastFinite = (loss, step)
      epoch.add(values, count: count)
      window.add(values, count: count)
    }
    unread.removeAll(keepingCapacity: true)
    return nil
  }

  mutating func beginEpoch() { epoch = MetricSums() }

  mutating func beginWindow() { window = MetricSums() }
}
