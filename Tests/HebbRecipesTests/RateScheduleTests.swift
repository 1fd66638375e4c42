import HebbRecipes
import HebbTestSupport
import Testing

/// Values of the schedules of d2l §12.11 at some passes.
@Suite struct RateScheduleTests {
  private func rates(_ schedule: RateSchedule, _ rate: Double) -> [Double] {
    [0, 1, 2, 6, 11, 21, 29].map { schedule.rate(rate, pass: $0) }
  }

  @Test func schedulesHaveTheBooksValues() {
    #expect(rates(.constant, 0.3) == [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3])
    let root = [0.3, 0.1, 0.0707106781, 0.0408248290, 0.0301511345, 0.0218217890, 0.0185695338]
    expectClose(rates(.squareRoot, 0.3), root, within: 1e-9)
    #expect(rates(.multiFactor, 0.5) == [0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25])
    // .01 + .29 (1 + cos(π n / 20)) / 2
    let cosine = [0.3, 0.3, 0.2982148094, 0.2575304832, 0.155, 0.01, 0.01]
    expectClose(rates(.cosine, 0.3), cosine, within: 1e-9)
    let tenths = [0, 14, 15, 21, 22, 29].map { RateSchedule.tenths.rate(0.1, pass: $0) }
    expectClose(tenths, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001], within: 1e-12)
    #expect(RateSchedule.tenths.rate(1, pass: 100, of: 200) == 0.1)
    let warm = [0.3, 0, 0.06, 0.3, 0.2275, 0.01, 0.01]
    expectClose(rates(.cosineWithWarmUp, 0.3), warm, within: 1e-9)
  }
}
