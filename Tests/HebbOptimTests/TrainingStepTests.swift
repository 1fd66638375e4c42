import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// What a training loop leaves behind. Counters of the whole process are read in processes of their
/// own, where no other test runs.
@Suite struct TrainingStepTests {
  /// A loop with everything that could hold a graph: statistics, masks, clipping, a schedule.
  struct Loop {
    let model = OptimizerCatalogTests.model(seed: 1)
    let optimizer: any Optimizer

    init(_ row: OptimizerCase) { optimizer = row.make(model) }

    func step(_ number: Int) {
      let x = Tensor.sample([8, 4], UInt64(number))
      let labels = Tensor.sampleIndices([8], below: 3, UInt64(number))
      let loss = softmaxCrossEntropy(logits: model(x), labels: labels, smoothing: 0.1)
      let slopes = gradients(of: loss, for: optimizer.parameters).clipped(toNorm: 1)
      optimizer.step(along: slopes, rate: 0.1 / Double(number + 1))
      if number % 3 == 0 { _ = loss.item() }
    }
  }

  @Test func noNodeIsLeftBehind() async {
    await #expect(processExitsWith: .success) {
      for row in OptimizerCase.all {
        let loop = Loop(row)
        for number in 0..<3 { loop.step(number) }
        let before = MemoryStatistics.current
        for number in 3..<20 {
          loop.step(number)
          let now = MemoryStatistics.current
          #expect(now.liveNodes == before.liveNodes, "\(row) at step \(number)")
          #expect(now.liveBytes == before.liveBytes, "\(row) at step \(number)")
        }
      }
    }
  }

  @Test func aThousandStepsKeepTheNumberOfNodes() async {
    await #expect(processExitsWith: .success) {
      let loop = Loop(OptimizerCase.all[0])
      for number in 0..<3 { loop.step(number) }
      let before = MemoryStatistics.current
      for number in 3..<1_003 { loop.step(number) }
      #expect(MemoryStatistics.current.liveNodes == before.liveNodes)
      #expect(MemoryStatistics.current.liveBytes == before.liveBytes)
    }
  }

  @Test func onePlanServesAllSteps() async {
    await #expect(processExitsWith: .success) {
      for row in OptimizerCase.all {
        let loop = Loop(row)
        loop.step(0)
        // The batches are made by plans of their own.
        _ = (Tensor.sample([8, 4], 0), Tensor.sampleIndices([8], below: 3, 0))
        let compiled = Hebb.compiledPlanCount
        for number in 1..<12 { loop.step(number) }
        #expect(Hebb.compiledPlanCount == compiled, "\(row)")
      }
    }
  }

  @Test func metricsAreComputedInThePlanOfTheStep() async {
    await #expect(processExitsWith: .success) {
      let model = OptimizerCatalogTests.model(seed: 1)
      let optimizer = SGD(model, rate: 0.1)
      let x = Tensor.sample([8, 4], 1)
      let labels = Tensor.sampleIndices([8], below: 3, 1)
      let before = Hebb.compiledPlanCount
      for _ in 0..<3 {
        let logits = model(x)
        let hits = (logits.argMax() .== labels).cast(to: .float32).sum()
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        let slopes = gradients(of: loss, for: optimizer.parameters)
        optimizer.step(along: slopes.computing([hits]))
        #expect((0...8).contains(hits.item()))
      }
      #expect(Hebb.compiledPlanCount == before + 1)
    }
  }

  /// The first step is like all others: weights, statistics and state have been computed when the
  /// optimizer was made.
  @Test func theWholeStepIsOnePlan() async {
    await #expect(processExitsWith: .success) {
      let model = OptimizerCatalogTests.model(seed: 1)
      let optimizer = Adam(model)
      let x = Tensor.sample([8, 4], 1)
      let labels = Tensor.sampleIndices([8], below: 3, 1)
      let before = Hebb.compiledPlanCount
      for _ in 0..<4 {
        let loss = softmaxCrossEntropy(logits: model(x), labels: labels)
        optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
        _ = loss.item()
        for (_, tensor) in model.state() { _ = tensor.doubles() }
      }
      #expect(Hebb.compiledPlanCount == before + 1)
    }
  }
}
