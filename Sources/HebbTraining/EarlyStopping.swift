/// Stops training when a measure has not improved for some measurings in a row.
///
/// ```swift
/// var stopping = EarlyStopping(patience: 3, isLargerBetter: false)
/// for loss in losses where stopping.observe(loss) { break }
/// ```
/// - SeeAlso: Prechelt 1998, "Early stopping: but when?"; Goodfellow et al. 2016, algorithm 7.1.
public struct EarlyStopping: Sendable, Hashable {
  /// After how many measurings in a row without improvement training stops.
  public let patience: Int
  /// By how much a value must be better than the best one so far to count as improvement.
  public let minimumImprovement: Double
  /// Whether the larger of two values is the better one.
  public let isLargerBetter: Bool

  /// The value that the next ones are compared with.
  public package(set) var best: Double?
  /// The number of measurings since it was found.
  public package(set) var waited = 0

  /// A rule that has seen nothing yet.
  ///
  /// - Parameters:
  ///   - patience: After how many measurings in a row without improvement training stops, 1 or more.
  ///   - minimumImprovement: By how much a value must be better to count.
  ///   - isLargerBetter: Whether the larger of two values is the better one.
  public init(patience: Int, minimumImprovement: Double = 0, isLargerBetter: Bool) {
    precondition(patience >= 1, "EarlyStopping: the patience is 1 or more, not \(patience)")
    self.patience = patience
    self.minimumImprovement = minimumImprovement
    self.isLargerBetter = isLargerBetter
  }

  /// Whether patience has run out.
  public var isOver: Bool { waited >= patience }

  /// Takes a value; one that is no number is no improvement.
  ///
  /// - Returns: Whether training should stop now.
  public mutating func observe(_ value: Double) -> Bool {
    if isImprovement(value) {
      best = value
      waited = 0
    } else {
      waited += 1
    }
    return isOver
  }

  private func isImprovement(_ value: Double) -> Bool {
    guard value.isFinite else { return false }
    guard let best else { return true }
    return isLargerBetter ? value > best + minimumImprovement : value < best - minimumImprovement
  }
}
