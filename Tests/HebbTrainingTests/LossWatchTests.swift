import HebbTraining
import Testing

/// The detectors of runs that go wrong without stopping.
@Suite struct LossWatchTests {
  /// What is said about these losses, with the number of the loss from 0.
  private func warnings(_ losses: [Double]) -> [(place: Int, text: String)] {
    var watch = LossWatch()
    return losses.enumerated().compactMap { place, loss in
      watch.observe(loss, rate: 0.1).map { (place, $0) }
    }
  }

  /// A loss that falls, with a little noise.
  private func falling(_ count: Int) -> [Double] {
    (0..<count).map { (place: Int) -> Double in
      let noise = 0.02 * Double(place * 7 % 5)
      return 20 / (10 + Double(place)) + noise
    }
  }

  @Test func aLossThatFallsIsLeftAlone() { #expect(warnings(falling(39)).isEmpty) }

  @Test func aJumpIsNamedWithItsRemedies() throws {
    let found = warnings(falling(20) + [40])
    #expect(found.map(\.place) == [20])
    let text = try #require(found.first).text
    for part in ["jumped", "to 40", "clip-norm=1", "lower the rate (0.1)", "warm it up"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test func aLossThatOnlySwingsHasNotJumped() {
    #expect(warnings((0..<30).map { Double(1 + $0 % 2) }).isEmpty)
  }

  @Test func aPlateauIsSaidOnce() throws {
    let found = warnings(falling(5) + Array(repeating: 1.5, count: 200))
    #expect(found.count == 1)
    let text = try #require(found.first).text
    for part in ["has not fallen below", "40 log lines", "--histograms", "--overfit 8"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test func anotherPlateauBelowIsSaidAgain() {
    let first = Array(repeating: 1.0, count: 60)
    let second = Array(repeating: 0.5, count: 60)
    #expect(warnings(first + second).map(\.place) == [40, 100])
  }

  @Test func lossesThatAreNoNumbersDoNotTrap() {
    _ = warnings([.nan, .infinity, -.infinity] + falling(20) + [.nan, 1])
  }
}
