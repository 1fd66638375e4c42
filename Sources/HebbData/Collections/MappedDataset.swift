import HebbCore

/// A data set of which every batch is transformed when it is read.
///
/// ```swift
/// let noisy = images.mapped(seed: 17) { batch, random in
///   // random[i] belongs to the i-th example of the batch
/// }
/// ```
/// Random numbers are keyed by seed, epoch and example, so what becomes of an example depends neither
/// on the batch that it is in, nor on the number of tasks, nor on where a run was resumed.
public struct MappedDataset<Base: Dataset>: Dataset {
  /// What is transformed.
  public let base: Base
  /// What random numbers are made from.
  public let seed: UInt64

  private let transform: @Sendable (Batch, inout [PhiloxGenerator]) throws(Base.Failure) -> Batch

  /// A transformed data set.
  ///
  /// - Parameters:
  ///   - base: What is transformed.
  ///   - seed: What random numbers are made from.
  ///   - transform: Makes a batch of a batch, with a generator for each of its examples. May be called
  ///     by several tasks at once.
  public init(
    _ base: Base, seed: UInt64 = 0,
    transform: @escaping @Sendable (Batch, inout [PhiloxGenerator]) throws(Base.Failure) -> Batch
  ) {
    self.base = base
    self.seed = seed
    self.transform = transform
  }

  /// The number of examples.
  public var count: Int { base.count }

  /// The examples of these indices as they are in the first pass.
  ///
  /// - Throws: What the base and the transform throw.
  public func batch(at indices: [Int]) throws(Base.Failure) -> Batch {
    try batch(at: indices, epoch: 0)
  }

  /// The examples of these indices as they are in a pass.
  ///
  /// - Throws: What the base and the transform throw.
  public func batch(at indices: [Int], epoch: Int) throws(Base.Failure) -> Batch {
    let pass = PhiloxGenerator(seed: seed).mixing("transform").mixing(UInt64(epoch))
    var generators = indices.map { pass.mixing(UInt64($0)) }
    return try transform(try base.batch(at: indices, epoch: epoch), &generators)
  }
}

extension Dataset {
  /// This data set with every batch transformed when it is read.
  public func mapped(
    seed: UInt64 = 0,
    _ transform: @escaping @Sendable (Batch, inout [PhiloxGenerator]) throws(Failure) -> Batch
  ) -> MappedDataset<Self> {
    MappedDataset(self, seed: seed, transform: transform)
  }

  /// The examples of these indices, in their order.
  public func subset(_ indices: [Int]) -> Subset<Self> { Subset(self, indices: indices) }
}
