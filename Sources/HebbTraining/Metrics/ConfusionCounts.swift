/// How often examples of each class were taken for each class.
public struct ConfusionCounts: Sendable, Hashable {
  /// The number of classes.
  public let classCount: Int
  /// The numbers of examples, one row for each true class.
  private var counts: [Int]

  /// No examples of this many classes.
  public init(classCount: Int) {
    self.classCount = classCount
    counts = Array(repeating: 0, count: classCount * classCount)
  }

  /// Adds an example of class `truth` that was taken for `prediction`.
  public mutating func add(truth: Int, prediction: Int) {
    counts[truth * classCount + prediction] += 1
  }

  /// The number of examples of class `truth` that were taken for `prediction`.
  public subscript(truth: Int, prediction: Int) -> Int { counts[truth * classCount + prediction] }

  /// One row for each true class, one column for each predicted one.
  public var rows: [[Int]] {
    (0..<classCount).map { Array(counts[$0 * classCount..<($0 + 1) * classCount]) }
  }

  /// The number of examples.
  public var total: Int { counts.reduce(0, +) }

  /// The share of examples that were recognized; nil without examples.
  public var accuracy: Double? {
    let correct = (0..<classCount).reduce(0) { $0 + self[$1, $1] }
    return total > 0 ? Double(correct) / Double(total) : nil
  }
}
