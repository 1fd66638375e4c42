import HebbData

/// A data set whose kind is forgotten, so that a trainer need not be generic.
public struct AnyDataset: Dataset {
  /// Reading may fail with whatever the data set fails with.
  public typealias Failure = any Error

  /// The number of examples.
  public let count: Int

  private let read: @Sendable ([Int], Int?) throws -> Batch

  /// The same examples as `dataset`.
  public init(_ dataset: some Dataset) {
    count = dataset.count
    read = { indices, epoch in
      guard let epoch else { return try dataset.batch(at: indices) }
      return try dataset.batch(at: indices, epoch: epoch)
    }
  }

  /// The first examples of `dataset`, at most `limit`.
  public init(_ dataset: some Dataset, first limit: Int) {
    self.init(Subset(dataset, indices: Array(0..<min(max(limit, 0), dataset.count))))
  }

  /// The examples of these indices, in their order.
  ///
  /// - Throws: What the data set throws.
  public func batch(at indices: [Int]) throws -> Batch { try read(indices, nil) }

  /// The examples of these indices as they are in a pass.
  ///
  /// - Throws: What the data set throws.
  public func batch(at indices: [Int], epoch: Int) throws -> Batch { try read(indices, epoch) }
}
