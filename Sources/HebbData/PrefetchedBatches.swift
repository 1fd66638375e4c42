extension EpochBatches {
  /// The same batches in the same order, gathered by other tasks while the caller works.
  ///
  /// - Parameter depth: How many batches are prepared ahead at most, 1 or more.
  /// - Returns: An asynchronous sequence. It throws what the data set throws, or
  ///   `CancellationError` when the task that iterates is cancelled, so that a pass cut short does
  ///   not look complete.
  public func prefetched(_ depth: Int = 2) -> PrefetchedBatches<Source> {
    precondition(depth >= 1, "prefetched: the depth is 1 or more, not \(depth)")
    return PrefetchedBatches(batches: self, depth: depth)
  }
}

/// Batches that are gathered ahead, a bounded number of them.
public struct PrefetchedBatches<Source: Dataset>: AsyncSequence, Sendable {
  /// One batch.
  public typealias Element = Batch

  fileprivate let batches: EpochBatches<Source>
  fileprivate let depth: Int

  /// Hands out batches in order. When it goes away, as after a `break`, so do its tasks.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let window: Window<Source>

    fileprivate init(_ window: Window<Source>) { self.window = window }

    /// The next batch; nil after the last.
    ///
    /// - Throws: What the data set throws, or `CancellationError`; nil follows.
    public mutating func next() async throws -> Batch? { try await window.next() }
  }

  /// An iterator at the first batch.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(Window(batches, depth: depth)) }
}

/// The tasks of the coming batches, oldest first; each gathers one batch and ends.
private final class Window<Source: Dataset> {
  private var plan: BatchPlan<Source>?
  private var tasks: [Task<Batch, any Error>] = []
  private let depth: Int

  init(_ batches: EpochBatches<Source>, depth: Int) {
    plan = BatchPlan(batches)
    self.depth = depth
  }

  deinit { for task in tasks { task.cancel() } }

  func next() async throws -> Batch? {
    do {
      try Task.checkCancellation()
      fill()
      guard !tasks.isEmpty else { return nil }
      let task = tasks.removeFirst()
      // One more, so that the others go on while this one is used.
      fill()
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch {
      end()
      throw error
    }
  }

  private func fill() {
    while tasks.count < depth, let indices = plan?.next(), let dataset = plan?.dataset,
      let epoch = plan?.epoch
    {
      tasks.append(
        Task {
          try Task.checkCancellation()
          return try dataset.batch(at: indices, epoch: epoch)
        })
    }
  }

  private func end() {
    for task in tasks { task.cancel() }
    tasks = []
    plan = nil
  }
}
