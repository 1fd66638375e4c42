import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// What profiles are made of. Other tests run plans meanwhile, so that only parts of a recording are ours.
@Suite(.serialized) struct PlanRecorderTests {
  @Test func describesTheStepsOfAPlan() throws {
    let generator = PhiloxGenerator(seed: 5)
    let a = Tensor.normal([61, 47], using: generator).evaluated()
    let b = Tensor.normal([47, 53], using: generator.mixing("b")).evaluated()
    let runs = PlanRecorder.record(.steps) {
      Hebb.tracingProvenance { _ = sigmoid(matmul(a, b).transposed() + 1).evaluated() }
    }
    let plans = runs.filter {
      $0.plan?.steps.contains { $0.label.hasPrefix("matmul [61, 47]") } ?? false
    }
    let run = try #require(plans.first)
    let steps = try #require(run.plan?.steps)
    #expect(run.marks.count == steps.count + 1 && run.marks == run.marks.sorted())
    let product = try #require(steps.first { $0.isProduct })
    #expect(product.operationCount == 2 * 61 * 47 * 53 && product.phase == .forward)
    // The second factor may have been packed before.
    #expect(product.bytesRead >= 4 * 61 * 47 && product.bytesWritten >= 4 * 61 * 53)
    let loop = try #require(steps.last { !$0.isProduct })
    #expect(loop.bytesRead >= 4 * 61 * 53 && loop.bytesWritten == 4 * 61 * 53)
  }

  @Test func costsNothingAfterwards() {
    _ = PlanRecorder.record(.runs) {}
    #expect(PlanRecorder.detail == .off)
  }

  /// The plan that is described is the one that runs without a profile.
  @Test func tracingKeepsThePlan() {
    let x = Tensor.normal([19, 23], using: PhiloxGenerator(seed: 6)).evaluated()
    func step() { _ = (x * 3 + square(x) - x.sum()).evaluated() }
    Hebb.tracingProvenance { step() }
    let before = Hebb.planningNanoseconds
    step()
    // Other tests may make plans meanwhile; this one alone would be over a microsecond.
    let runs = PlanRecorder.record(.steps) { step() }
    #expect(runs.count >= 1 && Hebb.planningNanoseconds >= before)
  }
}

/// Single operations on few numbers, which run without a plan.
@Suite struct SmallEvaluationTests {
  @Test func equalsThePlan() {
    let x = Tensor([1, -2, 0.5, 8] as [Float]).evaluated()
    let y = Tensor([3, 5, -7, 0.25] as [Float]).evaluated()
    #expect((x + y).evaluated().floats() == [4, 3, -6.5, 8.25])
    #expect((x - 2).evaluated().floats() == [-1, -4, -1.5, 6])
    #expect((x * Tensor(2.0, dtype: .float32)).evaluated().floats() == [2, -4, 1, 16])
    #expect(abs(x).evaluated().floats() == [1, 2, 0.5, 8])
    #expect((x / y.sum().evaluated()).evaluated().floats() == [0.8, -1.6, 0.4, 6.4])
  }

  @Test func keepsWhatGradientsNeed() {
    let x = Tensor([1, 2, 3] as [Float]).source()
    let y = square(x)
    y.evaluated()
    let z = y + x
    #expect(z.evaluated().floats() == [2, 6, 12])
    #expect(gradients(of: z.sum(), for: [x])[0].floats() == [3, 5, 7])
  }

  @Test func releasesTheGraph() {
    let x = Tensor([1, 2, 3] as [Float]).evaluated()
    var y = x
    for _ in 0..<3 { y = (y + x).evaluated() }
    let before = MemoryStatistics.current.liveNodes
    for _ in 0..<1000 { y = (y + x).evaluated() }
    // Other tests make nodes too, but a leak here would be a thousand.
    #expect(MemoryStatistics.current.liveNodes < before + 900)
    #expect(y.floats()[0] == 1004)
  }
}
