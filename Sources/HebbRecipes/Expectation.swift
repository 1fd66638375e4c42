import HebbTraining

/// A result that a recipe must have, and who says so.
public struct Expectation: Sendable, Hashable {
  /// The measure, such as `test_accuracy`.
  public let metric: String
  /// The smallest value that passes; nil for any.
  public let lower: Double?
  /// The largest value that passes; nil for any.
  public let upper: Double?
  /// Where the numbers come from.
  public let source: String

  /// A measure that must lie in a range.
  public static func within(
    _ range: ClosedRange<Double>, _ metric: String, source: String
  ) -> Expectation {
    Expectation(metric: metric, lower: range.lowerBound, upper: range.upperBound, source: source)
  }

  /// A measure that must not be smaller than a number.
  public static func atLeast(_ value: Double, _ metric: String, source: String) -> Expectation {
    Expectation(metric: metric, lower: value, upper: nil, source: source)
  }

  /// A measure that must not be larger than a number.
  public static func atMost(_ value: Double, _ metric: String, source: String) -> Expectation {
    Expectation(metric: metric, lower: nil, upper: value, source: source)
  }

  /// Whether a value passes. No number never does.
  public func isMet(by value: Double?) -> Bool {
    guard let value, value.isFinite else { return false }
    return value >= lower ?? -.infinity && value <= upper ?? .infinity
  }

  /// The range in words: `0.456 to 0.486`, `at least 0.778`.
  public var rangeText: String {
    func text(_ value: Double) -> String { NumberFormat.significant(value, digits: 6) }
    return switch (lower, upper) {
    case (let lower?, let upper?): "\(text(lower)) to \(text(upper))"
    case (let lower?, nil): "at least \(text(lower))"
    case (nil, let upper?): "at most \(text(upper))"
    case (nil, nil): "anything"
    }
  }
}
