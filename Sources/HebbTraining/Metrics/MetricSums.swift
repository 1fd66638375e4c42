import HebbIO

/// Running means over examples: the sum of each measure and the number of examples.
///
/// Sums are kept in double precision and added in the order of the batches, so that a run that was
/// interrupted and resumed prints the same digits as one that was not.
public struct MetricSums: Sendable, Hashable {
  /// A measure and its sum over all examples.
  public struct Entry: Sendable, Hashable {
    /// The name of the measure, such as `loss`.
    public let name: String
    /// The sum of its values over the examples.
    public fileprivate(set) var sum: Double
  }

  /// The measures in the order in which they were first added.
  public private(set) var entries: [Entry] = []
  /// The number of examples.
  public private(set) var count = 0

  /// No examples.
  public init() {}

  /// Adds the sums of some more examples.
  ///
  /// - Parameters:
  ///   - sums: The sum of each measure over these examples.
  ///   - count: The number of these examples.
  public mutating func add(_ sums: [(name: String, sum: Double)], count: Int) {
    for (name, sum) in sums {
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index].sum += sum
      } else {
        entries.append(Entry(name: name, sum: sum))
      }
    }
    self.count += count
  }

  /// The mean of a measure; nil if it was never added or there are no examples.
  public func mean(_ name: String) -> Double? {
    guard count > 0 else { return nil }
    return entries.first { $0.name == name }.map { $0.sum / Double(count) }
  }

  /// The mean of each measure, in order.
  public var means: [(name: String, value: Double)] {
    count > 0 ? entries.map { ($0.name, $0.sum / Double(count)) } : []
  }
}

extension MetricSums {
  /// The sums as they stand in a checkpoint, exact to the last bit.
  package var json: JSONValue {
    let sums = entries.map { ($0.name, JSONValue.number($0.sum)) }
    return ["count": .integer(count), "sums": .object(JSONObject(sums))]
  }

  /// Reads what `json` wrote; nil if it is something else.
  package init?(json: JSONValue) {
    guard let count = json["count"]?.integerValue, count >= 0,
      let sums = json["sums"]?.objectValue
    else { return nil }
    self.count = count
    for (name, value) in sums.members {
      guard let sum = value.doubleValue else { return nil }
      entries.append(Entry(name: name, sum: sum))
    }
  }
}
