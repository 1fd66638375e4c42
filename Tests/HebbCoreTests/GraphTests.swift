import HebbCore
import HebbTestSupport
import Testing

/// What deferred evaluation must not do: grow without bound, overflow the stack, leak, or change
/// results. Serialized, because the counters belong to the process.
@Suite(.serialized) struct GraphTests {
  @Test func aGraphOfDepth100000IsDifferentiatedAndReleased() {
    let before = MemoryStatistics.current.liveNodes
    do {
      let x = Tensor([1.0]).source()
      var y = x
      for _ in 0..<100_000 { y = y * 1.00001 }
      let slope = gradients(of: y.sum(), for: [x])[0].item()
      // e to within rounding: 1.00001^100000.
      #expect(abs(slope - 2.71826) < 0.02)
    }
    #expect(MemoryStatistics.current.liveNodes - before < 100)
  }

  @Test func aDeepGraphThatNobodyReadsIsReleased() {
    do {
      var y = Tensor([1.0])
      for _ in 0..<90_000 { y = y + 1.0 }
      _ = y
    }
    var z = Tensor([1.0]).source()
    for _ in 0..<90_000 { z = z + 1.0 }
    #expect(z.shape == [1])
  }

  @Test func aLoopThatNeverReadsStaysBounded() {
    let before = MemoryStatistics.current
    var state = Tensor.zeros([1000])
    for step in 0..<300_000 { state = state * 0.999 + Double(step & 1) }
    let after = MemoryStatistics.current
    #expect(after.liveNodes - before.liveNodes < 250_000)
    #expect(state.floats()[0].isFinite)
  }

  @Test func aLoopThatHoldsLargeArgumentsStaysBounded() {
    var total = Tensor.zeros([256, 1024])
    let before = MemoryStatistics.current.liveBytes
    for step in 0..<3000 {
      let batch = Tensor(Array(repeating: Float(step), count: 256 * 1024), shape: [256, 1024])
      total = total + batch
    }
    // Three gigabytes have gone through.
    #expect(MemoryStatistics.current.liveBytes - before < 1 << 30)
    #expect(total.floats()[0] == 2999 * 3000 / 2)
  }

  @Test func plansAreMadeOncePerStructure() {
    func step(_ rate: Double, _ x: Tensor) -> Double { (x * rate + rate).sum().item() }
    _ = step(0.5, Tensor([1.0, 2]))
    let before = Hebb.compiledPlanCount
    for i in 0..<20 { #expect(step(Double(i), Tensor([1.0, 2])) == Double(5 * i)) }
    #expect(Hebb.compiledPlanCount == before)
  }

  @Test func differentAttributesAreDifferentPlans() {
    let x = Tensor.sample([4, 4], 1, dtype: .float64)
    let rows = x.sum(axes: [0]).doubles()
    let columns = x.sum(axes: [1]).doubles()
    #expect(rows != columns)
    #expect(x.slice(axis: 0, 0..<2).doubles() != x.slice(axis: 0, 1..<3).doubles())
  }

  @Test func heldValuesAreComputedInTheSamePlan() {
    let x = Tensor([1.0, 2, 3])
    let inner = exp(x)
    let outer = (inner * inner).sum()
    _ = outer.item()
    let plans = Hebb.compiledPlanCount
    #expect(abs(inner.floats()[0] - 2.7182817) < 1e-6)
    #expect(Hebb.compiledPlanCount == plans)
  }

  @Test func nodesReturnToTheirStartAfterEachStep() {
    let w = Tensor.sample([20, 20], 1)
    var counts: [Int] = []
    for step in 0..<5 {
      let source = w.source()
      let x = Tensor.sample([8, 20], UInt64(step))
      let loss = square(matmul(x, source)).mean()
      let slope = gradients(of: loss, for: [source])[0]
      Tensor.commit([source - slope * 0.1], results: [loss, slope])
      counts.append(MemoryStatistics.current.liveNodes)
    }
    #expect(Set(counts[1...]).count == 1)
  }

  @Test func committedUpdatesDoNotDisturbHeldValues() {
    // Donated memory must never be memory that somebody can still read.
    let start = Tensor.sample([1000], 1)
    let copy = start.floats()
    var w = start.source()
    let kept = w * 2
    for _ in 0..<3 {
      let updated = w - w * 0.5
      Tensor.commit([updated], results: [])
      w = updated
    }
    #expect(start.floats() == copy)
    #expect(kept.floats() == copy.map { $0 * 2 })
    expectClose(w.doubles(), copy.map { Double($0) / 8 }, within: 1e-6)
  }

  @Test func aReadBeforeTheStepDoesNotChangeTheStep() {
    func run(reading: Bool) -> [Float] {
      var w = Tensor.sample([6, 6], 3).source()
      for step in 0..<4 {
        let x = Tensor.sample([5, 6], UInt64(10 + step))
        let loss = square(tanh(matmul(x, w))).mean()
        if reading { _ = loss.item() }
        let slope = gradients(of: loss, for: [w])[0]
        let updated = w - slope
        Tensor.commit([updated], results: [loss])
        w = updated.source()
      }
      return w.floats()
    }
    expectClose(
      run(reading: true).map(Double.init), run(reading: false).map(Double.init), within: 1e-6)
  }
}
