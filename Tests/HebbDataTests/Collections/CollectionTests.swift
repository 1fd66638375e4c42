import HebbCore
import HebbData
import HebbTestSupport
import Synchronization
import Testing

@Suite struct CollectionTests {
  private func numbers(_ range: Range<Int>) -> ArrayDataset {
    ArrayDataset(
      inputs: Tensor(range.map { Float($0) }, shape: [range.count, 1]),
      targets: Tensor(range.map { $0 }))
  }

  @Test func concatenatedPartsAreNumberedThrough() {
    let all = ConcatenatedDataset([numbers(0..<3), numbers(3..<3), numbers(3..<8)])
    #expect(all.count == 8)
    let batch = all.batch(at: [7, 0, 1, 3, 2, 2])
    #expect(batch.inputs.floats() == [7, 0, 1, 3, 2, 2])
    #expect(batch.targets.integers() == [7, 0, 1, 3, 2, 2])
    #expect(batch.indices == [7, 0, 1, 3, 2, 2])
    #expect(all.subset([5, 6]).batch(at: [1]).targets.integers() == [6])
  }

  /// What becomes of an example depends on seed, epoch and example, not on its batch, on the tasks or
  /// on where the epoch was begun.
  @Test func randomTransformsAreKeyedBySeedEpochAndExample() async throws {
    let data = numbers(0..<40).mapped(seed: 9) { batch, random in
      let noise = random.indices.map { Float(random[$0].nextUniform()) }
      let shift = Tensor(noise, shape: [noise.count, 1])
      return Batch(
        inputs: (batch.inputs + shift).evaluated(), targets: batch.targets, indices: batch.indices)
    }
    func values(_ batchSize: Int, epoch: Int, from first: Int = 0, depth: Int? = nil) async throws
      -> [Int: Float]
    {
      let loader = try DataLoader(data, batchSize: batchSize, isShuffled: true, seed: 1)
      let batches = try loader.batches(from: DataPosition(epoch: epoch, batch: first))
      var result: [Int: Float] = [:]
      func take(_ batch: Batch) {
        for (index, value) in zip(batch.indices, batch.inputs.floats()) { result[index] = value }
      }
      if let depth {
        for try await batch in batches.prefetched(depth) { take(batch) }
      } else {
        for batch in batches { take(batch) }
      }
      return result
    }
    let whole = try await values(8, epoch: 2)
    #expect(whole.count == 40)
    #expect(try await values(7, epoch: 2, depth: 5) == whole)
    let rest = try await values(8, epoch: 2, from: 3)
    #expect(rest.count == 16 && rest.allSatisfy { whole[$0.key] == $0.value })
    #expect(try await values(8, epoch: 3) != whole)
  }

  @Test func raggedSequencesAreFilledUp() throws {
    let sequences = [
      Tensor([1.0, 2, 3].map(Float.init)), Tensor([4.0].map(Float.init)),
      Tensor([5.0, 6].map(Float.init)),
    ]
    let data = RaggedDataset(sequences, targets: Tensor([0, 1, 2]), padding: -1)
    let batch = try #require(try DataLoader(data, batchSize: 3).batches().map { $0 }.first)
    #expect(batch.inputs.shape == [3, 3])
    #expect(batch.inputs.floats() == [1, 2, 3, 4, -1, -1, 5, 6, -1])
    #expect(batch.lengths?.integers() == [3, 1, 2])
    #expect(batch.targets.integers() == [0, 1, 2])
    // The length is that of the batch, not of the data set.
    #expect(data.batch(at: [1, 2]).inputs.floats() == [4, -1, 5, 6])
    let vectors = [Tensor.ones([2, 3]).evaluated(), Tensor.zeros([0, 3]).evaluated()]
    let padded = PaddedSequences(vectors, value: 7, length: 1)
    #expect(padded.values.shape == [2, 1, 3] && padded.values.floats() == [1, 1, 1, 7, 7, 7])
    #expect(padded.lengths.integers() == [1, 0] && padded.mask().floats() == [1, 0])
  }

  @Test func standardizationMeasuresTheTrainingPart() throws {
    // A mean that is large against the deviation loses nothing.
    let rows: [Float] = [100_000, 1, 5, 100_001, 2, 5, 100_002, 3, 5, 100_003, 4, 5]
    let data = ArrayDataset(inputs: Tensor(rows, shape: [4, 3]), targets: Tensor([0, 0, 0, 0]))
    let measured = FeatureScaling(of: data, batchSize: 3)
    expectClose(measured.means, [100_001.5, 2.5, 5], within: 1e-12)
    let deviation = 1.25.squareRoot()
    expectClose(measured.deviations, [deviation, deviation, 1], within: 1e-12)
    let batch = data.standardized(by: measured).batch(at: [0, 3])
    let edge = 1.5 / deviation
    expectClose(batch.inputs.doubles(), [-edge, -edge, 0, edge, edge, 0], within: 1e-6)
    // Channels of pictures.
    let images = Tensor.sample([5, 2, 3, 4], 3, scale: 2, offset: 1)
    let channels = FeatureScaling(
      of: ArrayDataset(inputs: images, targets: Tensor([0, 0, 0, 0, 0])), batchSize: 2)
    let moved = channels(images)
    expectClose(moved.mean(axes: [0, 2, 3]), .zeros([2]), within: 1e-5)
    expectClose(square(moved).mean(axes: [0, 2, 3]), .ones([2]), within: 1e-5)
  }
}

/// A data set that counts how many of its batches are made at once, and how many wait to be used.
private final class Gauge: Sendable {
  let running = Mutex((now: 0, most: 0, made: 0))
}

@Suite struct PrefetchTests {
  private struct Slow: Dataset {
    let gauge: Gauge
    let count = 64

    func batch(at indices: [Int]) -> Batch {
      gauge.running.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
      }
      // Long against the start of a task, so that two overlap even on a busy machine.
      let end = ContinuousClock.now + .milliseconds(20)
      while ContinuousClock.now < end {}
      gauge.running.withLock { state in
        state.now -= 1
        state.made += 1
      }
      return Batch(inputs: Tensor([1.0]), targets: Tensor([1]), indices: indices)
    }
  }

  /// Several batches are made at once, and never more are ahead than was asked for.
  @Test func prefetchingIsParallelAndBounded() async throws {
    let gauge = Gauge()
    let loader = try DataLoader(Slow(gauge: gauge), batchSize: 4)
    var used = 0
    for try await _ in try loader.batches().prefetched(3) {
      used += 1
      let made = gauge.running.withLock(\.made)
      #expect(made <= used + 3)
    }
    let state = gauge.running.withLock { $0 }
    #expect(used == 16 && state.made == 16 && state.now == 0)
    #expect(state.most >= 2 && state.most <= 3, "at most \(state.most) at once")
  }

  /// Batches that have been used are given up: memory does not grow with the number of batches.
  @Test func prefetchedBatchesAreGivenUp() async throws {
    struct Wide: Dataset {
      let count = 400
      func batch(at indices: [Int]) -> Batch {
        let values = Tensor.zeros([indices.count, 50_000]).evaluated()
        return Batch(inputs: values, targets: Tensor([1]), indices: indices)
      }
    }
    let before = MemoryStatistics.current.liveNodes
    var most = 0
    for try await _ in try DataLoader(Wide(), batchSize: 4).batches().prefetched(4) {
      most = max(most, MemoryStatistics.current.liveNodes - before)
    }
    // Other tests of the process make some nodes meanwhile, 100 batches of two would be 200.
    #expect(most < 150, "\(most) values were alive at once")
  }
}
