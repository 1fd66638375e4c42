/// How numbers are distributed: equal bins from the smallest to the largest, and their sums.
public struct ValueHistogram: Sendable, Hashable {
  /// The smallest number.
  public let minimum: Double
  /// The largest number.
  public let maximum: Double
  /// How many numbers there are.
  public let count: Int
  /// Their sum.
  public let sum: Double
  /// The sum of their squares.
  public let sumOfSquares: Double
  /// The upper edge of each bin, ascending; the last is the largest number.
  public let edges: [Double]
  /// How many numbers lie in each bin.
  public let counts: [Int]
  /// How many further numbers are infinite or not a number.
  public let nonFiniteCount: Int

  /// The distribution of some numbers.
  ///
  /// - Parameters:
  ///   - values: The numbers.
  ///   - binCount: How many bins there are, 1 or more.
  public init(of values: [Double], binCount: Int = 30) {
    let finite = values.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    minimum = low
    maximum = high
    count = finite.count
    nonFiniteCount = values.count - finite.count
    sum = finite.reduce(0, +)
    sumOfSquares = finite.reduce(0) { $0 + $1 * $1 }
    guard high > low, (high - low).isFinite else {
      edges = [high]
      counts = [finite.count]
      return
    }
    let size = (high - low) / Double(binCount)
    var counts = [Int](repeating: 0, count: binCount)
    for value in finite { counts[min(Int((value - low) / size), binCount - 1)] += 1 }
    self.counts = counts
    edges = (1...binCount).map { $0 == binCount ? high : low + Double($0) * size }
  }

  /// The mean of the numbers; NaN without any.
  public var mean: Double { count > 0 ? sum / Double(count) : .nan }

  /// The standard deviation of the numbers.
  public var deviation: Double {
    guard count > 0 else { return .nan }
    return max(sumOfSquares / Double(count) - mean * mean, 0).squareRoot()
  }
}
