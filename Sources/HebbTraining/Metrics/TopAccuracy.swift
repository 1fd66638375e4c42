import HebbCore

/// The share of examples whose true class is among the k classes with the highest scores.
///
/// Of equal scores the class with the smaller number counts as higher. A score that is no number is
/// never among the highest.
///
/// - SeeAlso: The top-5 error of ILSVRC is `TopAccuracy(5).error`.
public struct TopAccuracy: Metric, Hashable {
  /// k, 1 or more.
  public let limit: Int
  /// The number of examples.
  public private(set) var count = 0
  /// The number of examples whose true class was among the highest.
  public private(set) var correctCount = 0

  /// A measure of the first `limit` classes.
  public init(_ limit: Int = 1) {
    precondition(limit >= 1, "TopAccuracy: k is 1 or more, not \(limit)")
    self.limit = limit
  }

  /// The share, 0...1.
  public var value: Double { count > 0 ? Double(correctCount) / Double(count) : .nan }

  /// The share of all others: the top-k error.
  public var error: Double { 1 - value }

  /// Takes a batch.
  ///
  /// - Parameters:
  ///   - scores: `[batch, classes]`, the higher the likelier.
  ///   - labels: `int64[batch]`.
  public mutating func update(_ scores: Tensor, _ labels: Tensor) {
    demand(
      scores.rank == 2 && labels.rank == 1 && scores.shape[0] == labels.shape[0], "TopAccuracy",
      scores, labels)
    let (values, classCount) = (scores.doubles(), scores.shape[1])
    for (row, label) in labels.integers().enumerated() {
      count += 1
      guard (0..<classCount).contains(label) else { continue }
      let own = values[row * classCount..<(row + 1) * classCount]
      let score = own[own.startIndex + label]
      let higher = own.indices.count { place in
        own[place] > score || (own[place] == score && place - own.startIndex < label)
      }
      if higher < limit, !score.isNaN { correctCount += 1 }
    }
  }

  /// Forgets all batches.
  public mutating func reset() { (count, correctCount) = (0, 0) }
}
