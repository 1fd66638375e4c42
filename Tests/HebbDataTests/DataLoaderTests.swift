import HebbCore
import HebbData
import HebbIO
import Synchronization
import Testing

/// Ten examples: inputs [i, i + 0.5], targets 10 i.
private let ten = ArrayDataset(
  inputs: Tensor((0..<20).map { Float($0) / 2 }, shape: [10, 2]),
  targets: Tensor((0..<10).map { Int64(10 * $0) }))

/// A data set that counts what is asked of it, and may fail.
private final class ProbedDataset: Dataset {
  let count: Int
  let failing: Int?
  let asked = Atomic(0)

  init(count: Int, failing: Int? = nil) {
    self.count = count
    self.failing = failing
  }

  func batch(at indices: [Int]) throws(DataError) -> Batch {
    asked.add(1, ordering: .relaxed)
    if let failing, indices.contains(failing) { throw DataError("example \(failing) is damaged") }
    let numbers = Tensor(indices)
    return Batch(inputs: numbers, targets: numbers, indices: indices)
  }
}

struct DataLoaderTests {
  private func indices(_ batches: EpochBatches<ArrayDataset>) -> [[Int]] { batches.map(\.indices) }

  @Test func cutsInOrder() throws {
    let loader = try DataLoader(ten, batchSize: 4)
    #expect(loader.batchCount == 3)
    let batches = Array(try loader.batches())
    #expect(batches.map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    #expect(batches[2].inputs.type == TensorType([2, 2], .float32))
    #expect(batches[2].inputs.scalars(as: Float.self) == [8, 8.5, 9, 9.5])
    #expect(batches[2].targets.scalars(as: Int64.self) == [80, 90])
    #expect(try loader.batches().underestimatedCount == 3)
  }

  @Test func leavesOutTheLast() throws {
    let loader = try DataLoader(ten, batchSize: 4, dropsLast: true)
    #expect(loader.batchCount == 2)
    #expect(indices(try loader.batches()) == [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(try DataLoader(ten, batchSize: 5, dropsLast: true).batchCount == 2)
    #expect(try DataLoader(ten, batchSize: 100).batchCount == 1)
  }

  @Test func everyEpochHasItsOrder() throws {
    let loader = try DataLoader(ten, batchSize: 3, isShuffled: true, seed: 1)
    let orders = (0..<20).map { loader.order(ofEpoch: $0) }
    #expect(Set(orders).count == 20)
    for (epoch, order) in orders.enumerated() {
      #expect(order.sorted() == Array(0..<10))
      #expect(indices(try loader.batches(from: DataPosition(epoch: epoch))).flatMap { $0 } == order)
    }
    let other = try DataLoader(ten, batchSize: 3, isShuffled: true, seed: 2)
    #expect(other.order(ofEpoch: 0) != orders[0])
    // The batch size does not change the order.
    let larger = try DataLoader(ten, batchSize: 5, isShuffled: true, seed: 1)
    #expect(larger.order(ofEpoch: 0) == orders[0])
  }

  @Test func ordersNeverChange() throws {
    // Another order would change every published result; computed by a program in Python.
    let loader = try DataLoader(ten, batchSize: 3, isShuffled: true, seed: 17)
    #expect(loader.order(ofEpoch: 0) == [6, 1, 7, 2, 8, 5, 0, 4, 9, 3])
    #expect(loader.order(ofEpoch: 1) == [2, 5, 8, 9, 0, 7, 1, 4, 3, 6])
  }

  @Test func continuesAtAPosition() throws {
    let loader = try DataLoader(ten, batchSize: 3, isShuffled: true, seed: 5)
    var position = DataPosition()
    for epoch in 0..<3 {
      let whole = indices(try loader.batches(from: DataPosition(epoch: epoch)))
      for batch in 0..<4 {
        #expect(position == DataPosition(epoch: epoch, batch: batch))
        let rest = try loader.batches(from: position)
        #expect(rest.count == 4 - batch)
        #expect(indices(rest) == Array(whole[batch...]))
        position = loader.position(after: position)
      }
    }
    #expect(indices(try loader.batches(from: DataPosition(epoch: 0, batch: 4))) == [])
  }

  @Test func saysWhatIsWrong() throws {
    expectError("expected a batch size of 1 or more, found 0; choose another one") {
      _ = try DataLoader(ten, batchSize: 0)
    }
    expectError(
      "expected a batch size of at most 10, the number of examples, found 11; choose a smaller one "
        + "or keep the last batch"
    ) { _ = try DataLoader(ten, batchSize: 11, dropsLast: true) }
    expectError("expected at least one example, found an empty data set; check the data") {
      _ = try DataLoader(ten.prefix(0), batchSize: 1)
    }
    let loader = try DataLoader(ten, batchSize: 3)
    for position in [
      DataPosition(epoch: 0, batch: 5), DataPosition(epoch: 2, batch: -1), DataPosition(epoch: -1),
    ] {
      expectError(
        "expected a position within 4 batches of an epoch, found batch \(position.batch) of epoch "
          + "\(position.epoch); use the data and the batch size that it was saved with"
      ) { _ = try loader.batches(from: position) }
    }
  }

  @Test func dataSetsThatFailAreReadWithTry() throws {
    let loader = try DataLoader(ProbedDataset(count: 10, failing: 5), batchSize: 3)
    var iterator = try loader.batches().makeIterator()
    #expect(try iterator.nextBatch()?.indices == [0, 1, 2])
    expectError("example 5 is damaged") { _ = try iterator.nextBatch() }
  }
}

struct PrefetchedBatchesTests {
  @Test(arguments: [1, 2, 5, 100]) func areTheSame(depth: Int) async throws {
    let loader = try DataLoader(ten, batchSize: 3, isShuffled: true, seed: 5)
    for position in [DataPosition(), DataPosition(epoch: 3, batch: 2)] {
      let batches = try loader.batches(from: position)
      var found: [[Int]] = []
      for try await batch in batches.prefetched(depth) {
        found.append(batch.indices)
        let expected = ten.batch(at: batch.indices)
        #expect(batch.inputs.scalars(as: Float.self) == expected.inputs.scalars(as: Float.self))
      }
      #expect(found == batches.map(\.indices))
    }
  }

  @Test func canBeIteratedSeveralTimes() async throws {
    let sequence = try DataLoader(ten, batchSize: 4).batches().prefetched()
    for _ in 0..<2 {
      var count = 0
      for try await batch in sequence { count += batch.count }
      #expect(count == 10)
    }
  }

  @Test func orderDoesNotDependOnWhoIsFaster() async throws {
    let loader = try DataLoader(ten, batchSize: 1, isShuffled: true, seed: 8)
    let expected = loader.order(ofEpoch: 0)
    try await withThrowingTaskGroup { group in
      for _ in 0..<50 {
        group.addTask {
          var found: [Int] = []
          for try await batch in try loader.batches().prefetched(4) { found += batch.indices }
          #expect(found == expected)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func isBounded() async throws {
    let dataset = ProbedDataset(count: 1_000)
    let loader = try DataLoader(dataset, batchSize: 1)
    var iterator = try loader.batches().prefetched(3).makeAsyncIterator()
    #expect(dataset.asked.load(ordering: .relaxed) == 0)
    for taken in 1...10 {
      _ = try await iterator.next()
      try await Task.sleep(for: .milliseconds(5))
      #expect(dataset.asked.load(ordering: .relaxed) <= taken + 3)
    }
    // It does work ahead.
    #expect(dataset.asked.load(ordering: .relaxed) > 10)
  }

  @Test func leavingTheLoopEndsIt() async throws {
    weak var released: ProbedDataset?
    do {
      let dataset = ProbedDataset(count: 1_000)
      released = dataset
      for try await batch in try DataLoader(dataset, batchSize: 1).batches().prefetched(4) {
        if batch.indices == [2] { break }
      }
      #expect(dataset.asked.load(ordering: .relaxed) <= 8)
    }
    // Tasks that were under way hold the data set until they end.
    for _ in 0..<200 where released != nil { try await Task.sleep(for: .milliseconds(5)) }
    #expect(released == nil)
  }

  @Test func errorsArrive() async throws {
    let dataset = ProbedDataset(count: 10, failing: 5)
    var iterator = try DataLoader(dataset, batchSize: 3).batches().prefetched()
      .makeAsyncIterator()
    #expect(try await iterator.next()?.indices == [0, 1, 2])
    await #expect(throws: DataError("example 5 is damaged")) { try await iterator.next() }
    // Nothing after an error.
    #expect(try await iterator.next() == nil)
  }

  @Test func batchesThatAreReadyDoNotHideCancellation() async throws {
    let dataset = ProbedDataset(count: 3)
    let task = Task {
      var iterator = try DataLoader(dataset, batchSize: 1).batches().prefetched()
        .makeAsyncIterator()
      _ = try await iterator.next()
      while dataset.asked.load(ordering: .relaxed) < 3 {
        try await Task.sleep(for: .milliseconds(1))
      }
      try await Task.sleep(for: .milliseconds(20))
      withUnsafeCurrentTask { $0?.cancel() }
      return try await iterator.next()
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func cancellationArrives() async throws {
    let loader = try DataLoader(ProbedDataset(count: 1_000_000), batchSize: 1)
    let task = Task {
      var count = 0
      for try await _ in try loader.batches().prefetched() { count += 1 }
      return count
    }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(loader.dataset.asked.load(ordering: .relaxed) < 1_000_000)
  }
}
