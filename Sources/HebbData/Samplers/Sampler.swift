import HebbCore

/// Chooses the examples of an epoch and their order, as a function of seed and epoch alone: a resumed
/// run sees the same ones.
public protocol Sampler: Sendable {
  /// The number of examples that it chooses from; indices are below it.
  var exampleCount: Int { get }

  /// How many indices an epoch has.
  var count: Int { get }

  /// The indices of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: The number of the epoch, 0 or more.
  ///   - seed: What random choices are made from.
  /// - Returns: `count` indices.
  func order(ofEpoch epoch: Int, seed: UInt64) -> [Int]
}

extension Sampler {
  /// As many as there are examples.
  public var count: Int { exampleCount }
}

/// All examples in the order of the data set.
public struct SequentialSampler: Sampler, Hashable {
  /// The number of examples.
  public let exampleCount: Int

  /// A sampler of so many examples.
  public init(count: Int) { exampleCount = count }

  /// 0, 1, 2, …
  public func order(ofEpoch epoch: Int, seed: UInt64) -> [Int] { Array(0..<exampleCount) }
}

/// All examples once, in an order of its own for each epoch (sampling without replacement).
public struct ShuffledSampler: Sampler, Hashable {
  /// The number of examples.
  public let exampleCount: Int

  /// A sampler of so many examples.
  public init(count: Int) { exampleCount = count }

  /// A permutation.
  public func order(ofEpoch epoch: Int, seed: UInt64) -> [Int] {
    var generator = PhiloxGenerator(seed: seed).mixing("shuffle").mixing(UInt64(epoch))
    return generator.permutation(count: exampleCount)
  }
}

/// Examples drawn one by one, each time from all of them: some come twice, some not at all.
public struct ReplacementSampler: Sampler, Hashable {
  /// The number of examples that are drawn from.
  public let exampleCount: Int
  /// How many are drawn in an epoch.
  public let count: Int

  /// A sampler of `count` draws from `exampleCount` examples; as many as there are unless said
  /// otherwise.
  public init(from exampleCount: Int, count: Int? = nil) {
    self.exampleCount = exampleCount
    self.count = count ?? exampleCount
  }

  /// Independent, uniform draws.
  public func order(ofEpoch epoch: Int, seed: UInt64) -> [Int] {
    var generator = PhiloxGenerator(seed: seed).mixing("replacement").mixing(UInt64(epoch))
    return (0..<count).map { _ in generator.nextInteger(below: exampleCount) }
  }
}
