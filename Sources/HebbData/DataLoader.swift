import HebbCore
import HebbIO

/// Where training stands in the data: which pass, and how many of its batches are done.
///
/// Saved in a checkpoint, it makes a resumed run see the same batches.
public struct DataPosition: Sendable, Hashable, Codable {
  /// The number of passes that are complete.
  public var epoch: Int
  /// The number of batches of this pass that are done.
  public var batch: Int

  /// The position after `batch` batches of pass `epoch`; the beginning unless said otherwise.
  public init(epoch: Int = 0, batch: Int = 0) {
    self.epoch = epoch
    self.batch = batch
  }
}

/// Cuts a data set into batches, in an order that is a function of seed and epoch alone.
///
/// ```swift
/// let loader = try DataLoader(training, batchSize: 256, isShuffled: true, seed: 17)
/// for epoch in 0..<10 {
///   for batch in try loader.batches(from: DataPosition(epoch: epoch)) { ... }
/// }
/// ```
public struct DataLoader<Source: Dataset>: Sendable {
  /// Where the examples come from.
  public let dataset: Source
  /// The number of examples in a batch; the last one may have fewer.
  public let batchSize: Int
  /// Which examples an epoch has, and in which order.
  public let sampler: any Sampler
  /// Whether a last batch that is not full is left out.
  public let dropsLast: Bool
  /// What the orders are made from.
  public let seed: UInt64

  /// A loader of batches.
  ///
  /// - Parameters:
  ///   - dataset: Where the examples come from.
  ///   - batchSize: The number of examples in a batch, 1 or more.
  ///   - isShuffled: Whether every epoch has an order of its own; else all have that of the data
  ///     set.
  ///   - dropsLast: Whether a last batch that is not full is left out.
  ///   - seed: What the orders are made from.
  /// - Throws: `DataError` if the data set is empty or gives no batch of this size.
  public init(
    _ dataset: Source, batchSize: Int, isShuffled: Bool = false, dropsLast: Bool = false,
    seed: UInt64 = 0
  ) throws(DataError) {
    let sampler: any Sampler =
      isShuffled
      ? ShuffledSampler(count: dataset.count) : SequentialSampler(count: dataset.count)
    try self.init(
      dataset, batchSize: batchSize, sampler: sampler, dropsLast: dropsLast, seed: seed)
  }

  /// A loader of batches that a sampler chooses.
  ///
  /// - Parameters:
  ///   - dataset: Where the examples come from.
  ///   - batchSize: The number of examples in a batch, 1 or more.
  ///   - sampler: Which examples an epoch has, and in which order; made for this data set.
  ///   - dropsLast: Whether a last batch that is not full is left out.
  ///   - seed: What the orders are made from.
  /// - Throws: `DataError` if the data set or the sampler is empty or gives no batch of this size, or
  ///   the sampler is for another number of examples.
  public init(
    _ dataset: Source, batchSize: Int, sampler: any Sampler, dropsLast: Bool = false,
    seed: UInt64 = 0
  ) throws(DataError) {
    guard batchSize >= 1 else {
      throw DataError("expected a batch size of 1 or more, found \(batchSize); choose another one")
    }
    guard dataset.count > 0 else {
      throw DataError("expected at least one example, found an empty data set; check the data")
    }
    guard sampler.exampleCount == dataset.count, sampler.count > 0 else {
      throw DataError(
        "expected a sampler of \(dataset.count) examples, found one of \(sampler.exampleCount) that "
          + "chooses \(sampler.count); make it for this data set")
    }
    guard !dropsLast || batchSize <= sampler.count else {
      throw DataError(
        "expected a batch size of at most \(sampler.count), the number of examples, found "
          + "\(batchSize); choose a smaller one or keep the last batch")
    }
    self.dataset = dataset
    self.batchSize = batchSize
    self.sampler = sampler
    self.dropsLast = dropsLast
    self.seed = seed
  }

  /// The number of batches of an epoch.
  public var batchCount: Int {
    let (full, rest) = sampler.count.quotientAndRemainder(dividingBy: batchSize)
    return full + (rest > 0 && !dropsLast ? 1 : 0)
  }

  /// The number of examples of an epoch.
  public var exampleCount: Int { dropsLast ? batchCount * batchSize : sampler.count }

  /// The indices of the examples in the order of an epoch, 0 or more.
  public func order(ofEpoch epoch: Int) -> [Int] { sampler.order(ofEpoch: epoch, seed: seed) }

  /// The batches of an epoch that are not yet done at a position.
  ///
  /// - Parameter position: Where to begin; its batch may be `batchCount`, where nothing is left.
  /// - Returns: A sequence that can be iterated as it is, or with `prefetched(_:)`.
  /// - Throws: `DataError` if there is no such position, as when the data or the batch size are not
  ///   those of the checkpoint.
  public func batches(
    from position: DataPosition = DataPosition()
  ) throws(DataError) -> EpochBatches<Source> {
    guard position.epoch >= 0, (0...batchCount).contains(position.batch) else {
      throw DataError(
        "expected a position within \(batchCount) batches of an epoch, found batch "
          + "\(position.batch) of epoch \(position.epoch); use the data and the batch size that it "
          + "was saved with")
    }
    return EpochBatches(loader: self, position: position)
  }

  /// The position after one more batch; at the end of an epoch, the beginning of the next.
  public func position(after position: DataPosition) -> DataPosition {
    position.batch + 1 < batchCount
      ? DataPosition(epoch: position.epoch, batch: position.batch + 1)
      : DataPosition(epoch: position.epoch + 1)
  }
}

/// The batches of one epoch, or the rest of them.
public struct EpochBatches<Source: Dataset>: Sendable {
  /// What cuts them.
  public let loader: DataLoader<Source>
  /// Where they begin.
  public let position: DataPosition

  /// The number of batches.
  public var count: Int { loader.batchCount - position.batch }

  /// Reads one batch after the other, when it is asked for.
  public struct Iterator {
    fileprivate var plan: BatchPlan<Source>

    /// The next batch; nil after the last.
    ///
    /// - Throws: What the data set throws.
    public mutating func nextBatch() throws(Source.Failure) -> Batch? {
      guard let indices = plan.next() else { return nil }
      return try plan.dataset.batch(at: indices, epoch: plan.epoch)
    }
  }

  /// An iterator at the first batch. A data set that can fail is read with it, one in memory with
  /// a plain `for`.
  public func makeIterator() -> Iterator { Iterator(plan: BatchPlan(self)) }
}

extension EpochBatches: Sequence where Source.Failure == Never {
  /// The exact number of batches.
  public var underestimatedCount: Int { count }
}

extension EpochBatches.Iterator: IteratorProtocol where Source.Failure == Never {
  /// The next batch; nil after the last.
  public mutating func next() -> Batch? { nextBatch() }
}

/// Which examples the coming batches have.
struct BatchPlan<Source: Dataset> {
  let dataset: Source
  let epoch: Int
  private let order: [Int]
  private let batchSize: Int
  private var remaining: Range<Int>

  init(_ batches: EpochBatches<Source>) {
    let loader = batches.loader
    dataset = loader.dataset
    batchSize = loader.batchSize
    epoch = batches.position.epoch
    remaining = batches.position.batch..<loader.batchCount
    order = remaining.isEmpty ? [] : loader.order(ofEpoch: batches.position.epoch)
  }

  mutating func next() -> [Int]? {
    guard let batch = remaining.popFirst() else { return nil }
    let start = batch * batchSize
    return Array(order[start..<min(start + batchSize, order.count)])
  }
}
