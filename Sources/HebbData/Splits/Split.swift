import HebbCore
import HebbIO

/// The numbers of the examples of three parts: to learn from, to choose with, and to report at the
/// end.
public struct Split: Sendable, Hashable {
  /// What is learned from.
  public let training: [Int]
  /// What hyperparameters and the best checkpoint are chosen with.
  public let validation: [Int]
  /// What the result is measured with, once.
  public let test: [Int]

  /// Parts at random.
  ///
  /// The sizes of validation and test are rounded to the nearest whole number; training gets the
  /// rest. Each part is in ascending order.
  ///
  /// - Parameters:
  ///   - count: The number of examples.
  ///   - validation: The share of the validation part, 0 or more.
  ///   - test: The share of the test part, 0 or more; together less than 1.
  ///   - seed: What the choice is made from.
  /// - Throws: `DataError` if a share is out of range or no example is left to learn from.
  public init(
    count: Int, validation: Double, test: Double = 0, seed: UInt64
  ) throws(DataError) {
    try self.init(
      groups: [Array(0..<max(count, 0))], validation: validation, test: test, seed: seed)
  }

  /// Parts that have all classes in the proportions of the whole, each class rounded by itself.
  ///
  /// - Parameters:
  ///   - labels: The class of each example.
  ///   - validation: The share of the validation part, 0 or more.
  ///   - test: The share of the test part, 0 or more; together less than 1.
  ///   - seed: What the choice is made from.
  /// - Throws: `DataError` if a share is out of range or no example is left to learn from.
  public init(
    stratifying labels: [Int], validation: Double, test: Double = 0, seed: UInt64
  ) throws(DataError) {
    var members: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { members[label, default: []].append(index) }
    let groups = members.keys.sorted().map { members[$0] ?? [] }
    try self.init(groups: groups, validation: validation, test: test, seed: seed)
  }

  private init(
    groups: [[Int]], validation: Double, test: Double, seed: UInt64
  ) throws(DataError) {
    guard validation >= 0, test >= 0, validation + test < 1 else {
      throw DataError(
        "expected shares of 0 or more with a sum below 1, found \(validation) for validation and "
          + "\(test) for the test; leave something to learn from")
    }
    var generator = PhiloxGenerator(seed: seed).mixing("split")
    var parts: (training: [Int], validation: [Int], test: [Int]) = ([], [], [])
    for group in groups {
      let order = generator.permutation(count: group.count).map { group[$0] }
      let testCount = Int((test * Double(group.count)).rounded())
      let wanted = Int((validation * Double(group.count)).rounded())
      let validationCount = min(wanted, group.count - testCount)
      parts.test += order.prefix(testCount)
      parts.validation += order.dropFirst(testCount).prefix(validationCount)
      parts.training += order.dropFirst(testCount + validationCount)
    }
    guard !parts.training.isEmpty else {
      throw DataError(
        "expected at least one example to learn from, found none of \(groups.joined().count); use "
          + "more data or smaller shares")
    }
    training = parts.training.sorted()
    self.validation = parts.validation.sorted()
    self.test = parts.test.sorted()
  }
}

/// The examples that stand in two data sets which should have nothing in common: their inputs agree
/// bit for bit.
///
/// A model that has seen an example of the test is measured too well. Reads both data sets once and
/// keeps 16 bytes for each example of `first`.
///
/// - Parameters:
///   - first: What was learned from.
///   - second: What is measured with.
///   - limit: After how many pairs the search ends.
/// - Returns: Pairs of indices, ascending in `second`.
/// - Throws: What reading the data throws.
public func leakage<A: Dataset, B: Dataset>(
  from first: A, into second: B, limit: Int = 1000
) throws -> [(first: Int, second: Int)] {
  var places: [UInt64: [Int]] = [:]
  for index in 0..<first.count {
    let bytes = try inputBytes(of: first, at: index)
    places[fingerprint(bytes), default: []].append(index)
  }
  var pairs: [(first: Int, second: Int)] = []
  for index in 0..<second.count where pairs.count < limit {
    let bytes = try inputBytes(of: second, at: index)
    // Equal fingerprints are a hint; the bytes decide.
    for candidate in places[fingerprint(bytes)] ?? []
    where try inputBytes(of: first, at: candidate) == bytes {
      pairs.append((candidate, index))
      break
    }
  }
  return pairs
}

private func inputBytes(of dataset: some Dataset, at index: Int) throws -> [UInt8] {
  try dataset.batch(at: [index]).inputs.withBytes { Array($0) }
}

/// FNV-1a with 64 bits (Fowler, Noll, Vo).
private func fingerprint(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}
