import HebbPlot
import Testing

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0, 1.0, 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0, 1, 5, ["0.0", "0.5", "1.0"]),
    (0, 10, 11, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
    (1, 10, 6, ["2", "4", "6", "8", "10"]),
    (-1, 1, 5, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    (0, 60_000, 4, ["0", "20k", "40k", "60k"]),
    (0, 2_500_000, 6, ["0", "0.5M", "1M", "1.5M", "2M", "2.5M"]),
    (0, 4e-6, 5, ["0", "1×10⁻⁶", "2×10⁻⁶", "3×10⁻⁶", "4×10⁻⁶"]),
    (0, 1.5e10, 4, ["0", "0.5×10¹⁰", "1.0×10¹⁰", "1.5×10¹⁰"]),
  ])
  func linear(low: Double, high: Double, count: Int, labels: [String]) {
    #expect(Ticks.linear(from: low, through: high, atMost: count).map(\.label) == labels)
  }

  @Test func valuesAreRoundedOnce() {
    let values = Ticks.linear(from: 0, through: 1, atMost: 11).map(\.value)
    #expect(values == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
  }

  @Test func epochsHaveNoHalves() {
    let ticks = Ticks.linear(from: 1, through: 3, atMost: 12, integersOnly: true)
    #expect(ticks.map(\.label) == ["1", "2", "3"])
  }

  @Test func outwardTicksCoverTheRange() {
    let ticks = Ticks.linear(from: 0.26, through: 0.84, atMost: 6, outward: true)
    #expect(ticks.map(\.label) == ["0.2", "0.4", "0.6", "0.8", "1.0"])
  }

  @Test(arguments: [
    (1.0, 1000.0, 12, ["1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"]),
    (1, 1000, 5, ["1", "10", "100", "1000"]),
    (0.001, 0.1, 4, ["0.001", "0.01", "0.1"]),
    (1e-6, 1e6, 5, ["10⁻⁶", "10⁻³", "10⁰", "10³", "10⁶"]),
    (3, 4, 4, ["3.0", "3.5", "4.0"]),
    (3, 8, 9, ["3", "4", "5", "6", "7", "8"]),
  ])
  func logarithmic(low: Double, high: Double, count: Int, labels: [String]) {
    #expect(Ticks.logarithmic(from: low, through: high, atMost: count).map(\.label) == labels)
  }

  @Test func outwardLogarithmicTicksCoverTheRange() {
    let ticks = Ticks.logarithmic(from: 0.3, through: 7, atMost: 8, outward: true)
    #expect(ticks.map(\.value) == [0.2, 0.5, 1, 2, 5, 10])
  }

  /// Steps are 1, 2 or 5 times a power of ten, ticks rise, stay few and keep to the range, for
  /// ranges of all sizes and places.
  @Test func sweep() {
    var state: UInt64 = 17
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    for _ in 0..<3000 {
      var size = 1.0
      for _ in 0..<Int(random() * 250) { size *= random() < 0.5 ? 10 : 0.1 }
      let low = (random() - 0.5) * size
      let high = low + abs(low) * 1e-9 + random() * size
      let count = 2 + Int(random() * 12)
      for outward in [false, true] {
        let ticks = Ticks.linear(from: low, through: high, atMost: count, outward: outward)
        #expect(ticks.count <= max(count, outward ? 3 : 2))
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
        #expect(Set(ticks.map(\.label)).count == ticks.count, "labels differ: \(ticks)")
        let slack = (high - low) * 1e-6
        if outward, let first = ticks.first, let last = ticks.last {
          #expect(first.value <= low + slack && last.value >= high - slack)
        } else {
          #expect(!ticks.isEmpty)
          #expect(ticks.allSatisfy { $0.value >= low - slack && $0.value <= high + slack })
        }
      }
      if low > 0 {
        let ticks = Ticks.logarithmic(from: low, through: high, atMost: count)
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
        #expect(ticks.count <= count)
      }
    }
  }
}
