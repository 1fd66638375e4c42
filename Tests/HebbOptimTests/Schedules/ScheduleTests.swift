import HebbOptim
import HebbTestSupport
import Testing

@Suite struct ScheduleTests {
  func rates(_ schedule: some Schedule, _ count: Int) -> [Double] {
    (0..<count).map { schedule(at: $0) }
  }

  @Test func constant() { #expect(rates(Constant(rate: 0.5), 3) == [0.5, 0.5, 0.5]) }

  // The expected numbers are those of PyTorch 2.15.0's schedulers.

  @Test func stepDecay() {
    expectClose(
      rates(StepDecay(rate: 0.1, every: 3), 8), [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 1e-3, 1e-3],
      within: 1e-16)
    expectClose(
      rates(StepDecay(rate: 0.1, at: [2, 5], factor: 0.5), 8),
      [0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025], within: 1e-16)
  }

  @Test func exponential() {
    expectClose(
      rates(Exponential(rate: 0.1, factor: 0.9), 4), [0.1, 0.09, 0.081, 0.0729], within: 1e-16)
  }

  @Test func cosine() {
    expectClose(
      rates(Cosine(rate: 0.1, steps: 8, final: 0.01), 9),
      [
        0.1, 0.0965745789630079, 0.08681980515339463, 0.07222075445642905, 0.055,
        0.03777924554357096, 0.023180194846605363, 0.013425421036992097, 0.01,
      ], within: 1e-15)
    #expect(Cosine(rate: 0.1, steps: 8, final: 0.01)(at: 1000) == 0.01)
  }

  @Test func oneCycle() {
    expectClose(
      rates(OneCycle(maximum: 0.1, steps: 10), 10),
      [
        0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893,
        0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-07,
      ], within: 1e-15)
    expectClose([OneCycle(maximum: 0.1, steps: 10)(at: 99)], [4e-7], within: 1e-15)
  }

  @Test func warmUpRisesToTheFirstRate() {
    let schedule = Exponential(rate: 1, factor: 0.5).warmedUp(over: 4)
    #expect(rates(schedule, 7) == [0.25, 0.5, 0.75, 1, 1, 0.5, 0.25])
  }

  /// Rates at the edges are finite numbers, also where a phase has no steps.
  @Test func edges() {
    let all: [any Schedule] = [
      Cosine(rate: 0.1, steps: 0), OneCycle(maximum: 0.1, steps: 1),
      OneCycle(maximum: 0.1, steps: 0), OneCycle(maximum: 0.1, steps: 5, rise: 0),
      OneCycle(maximum: 0.1, steps: 5, rise: 1), StepDecay(rate: 0.1, every: 0),
      Constant(rate: 0.1).warmedUp(over: 0),
    ]
    for schedule in all {
      for step in 0..<7 {
        let rate = schedule(at: step)
        #expect(rate.isFinite && rate >= 0 && rate <= 0.1, "\(schedule) at \(step): \(rate)")
      }
    }
  }
}
