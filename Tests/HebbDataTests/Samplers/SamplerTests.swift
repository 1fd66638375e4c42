import HebbCore
import HebbData
import HebbIO
import Testing

@Suite struct SamplerTests {
  private let data = ArrayDataset(
    inputs: Tensor((0..<10).map(Float.init), shape: [10, 1]), targets: Tensor((0..<10).map { $0 }))

  /// The system `mini-batch`: no duplicates in a shuffled epoch, independent draws with replacement.
  @Test func miniBatchesWithAndWithoutReplacement() throws {
    let shuffled = try DataLoader(data, batchSize: 4, isShuffled: true, seed: 3)
    let epochs = try (0..<2).map { epoch in
      try shuffled.batches(from: DataPosition(epoch: epoch)).flatMap(\.indices)
    }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<10)) }
    #expect(epochs[0] != epochs[1] && epochs[0] == shuffled.order(ofEpoch: 0))

    let drawing = ReplacementSampler(from: 10, count: 1000)
    let draws = drawing.order(ofEpoch: 0, seed: 3)
    #expect(draws.count == 1000 && draws == drawing.order(ofEpoch: 0, seed: 3))
    #expect(draws != drawing.order(ofEpoch: 1, seed: 3))
    #expect(draws != drawing.order(ofEpoch: 0, seed: 4))
    // 100 of each expected; the standard deviation is 9.5.
    for index in 0..<10 { #expect(abs(draws.count { $0 == index } - 100) < 48) }
    let loader = try DataLoader(data, batchSize: 300, sampler: drawing, dropsLast: true, seed: 3)
    #expect(loader.batchCount == 3 && loader.exampleCount == 900)
    #expect(try loader.batches().flatMap(\.indices) == Array(draws.prefix(900)))
  }

  @Test func sequentialIsTheOrderOfTheData() throws {
    let loader = try DataLoader(data, batchSize: 3, sampler: SequentialSampler(count: 10))
    #expect(try loader.batches(from: DataPosition(epoch: 4)).map(\.indices).last == [9])
    #expect(loader.order(ofEpoch: 4) == Array(0..<10))
  }

  @Test func weightsDecideHowOften() throws {
    let sampler = try WeightedSampler(weights: [0, 1, 3, 0], count: 4000)
    let draws = sampler.order(ofEpoch: 0, seed: 5)
    #expect(draws.allSatisfy { $0 == 1 || $0 == 2 })
    // 3,000 expected; the standard deviation is 27.
    #expect(abs(draws.count { $0 == 2 } - 3000) < 140)
    let labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    let balanced = try WeightedSampler.balanced(labels: labels).weights
    #expect(balanced[0] == 0.125 && balanced[9] == 0.5)
  }

  @Test func withoutReplacementHeavyOnesComeFirst() throws {
    let sampler = try WeightedSampler(weights: [1, 0, 9], count: 2, isReplacing: false)
    var heavyFirst = 0
    for epoch in 0..<1000 {
      let order = sampler.order(ofEpoch: epoch, seed: 1)
      #expect(Set(order) == [0, 2])
      if order[0] == 2 { heavyFirst += 1 }
    }
    // 900 expected; the standard deviation is 9.5.
    #expect(abs(heavyFirst - 900) < 48)
  }

  @Test func impossibleWeightsAreRefused() {
    expectError(
      "expected weights of 0 or more, found -1.0 for example 1; check the weights"
    ) { _ = try WeightedSampler(weights: [1, -1]) }
    expectError(
      "expected weights with a positive sum, found 0.0 for 2 examples; check the weights"
    ) { _ = try WeightedSampler(weights: [0, 0]) }
    expectError(
      "expected a number of draws from 1 to 1, found 2; draw fewer, or with replacement"
    ) { _ = try WeightedSampler(weights: [0, 1], isReplacing: false) }
    expectError(
      "expected a sampler of 10 examples, found one of 9 that chooses 9; make it for this data set"
    ) { _ = try DataLoader(data, batchSize: 2, sampler: SequentialSampler(count: 9)) }
  }

  /// 60 of one class, 30 of the second, 10 of the third: every batch of ten has 6, 3 and 1.
  @Test func everyBatchHasTheProportionsOfTheWhole() {
    let labels = (0..<100).map { $0 % 10 < 6 ? 0 : $0 % 10 < 9 ? 1 : 2 }
    let sampler = StratifiedSampler(labels: labels)
    for epoch in 0..<3 {
      let order = sampler.order(ofEpoch: epoch, seed: 2)
      #expect(order.sorted() == Array(0..<100))
      for start in stride(from: 0, to: 100, by: 10) {
        let classes = order[start..<start + 10].map { labels[$0] }
        for (label, share) in [(0, 6), (1, 3), (2, 1)] {
          #expect(abs(classes.count { $0 == label } - share) <= 1)
        }
      }
    }
    #expect(sampler.order(ofEpoch: 0, seed: 2) != sampler.order(ofEpoch: 1, seed: 2))
  }
}
