import HebbPlot
import Testing

@Suite struct AxisTests {
  private func axis(
    _ values: [Double], _ scale: AxisScale = .linear, range: ClosedRange<Double>? = nil,
    rounded: Bool = false
  ) -> Axis {
    var extent = Extent(scale: scale)
    values.forEach { extent.include($0) }
    return Axis(
      Axis.Request(extent: extent, scale: scale, range: range, isRounded: rounded), atMost: 6)
  }

  @Test func roundedAxisEndsWithTicks() {
    let axis = axis([0.26, 0.84], rounded: true)
    #expect(axis.low == 0.2 && axis.high == 1)
    #expect(abs((axis.position(0.6) ?? 0) - 0.5) < 1e-15)
  }

  @Test func valuesThatAreNotFiniteDoNotCount() {
    let axis = axis([.nan, 2, .infinity, 4, -.infinity])
    #expect(axis.low == 2 && axis.high == 4)
    #expect(axis.position(.nan) == nil && axis.position(.infinity) == nil)
  }

  @Test func zeroIsNoValueOfALogarithmicAxis() {
    let axis = axis([0, -5, 1, 100], .logarithmic)
    #expect(axis.low == 1 && axis.high == 100)
    #expect(axis.position(10) == 0.5)
    #expect(axis.position(0) == nil && axis.position(-5) == nil)
  }

  @Test(
    arguments: [
      [0.0], [5], [-5], [0.9, 0.9], [1e300], [-1e308, 1e308], [.leastNonzeroMagnitude],
      [1e15, 1e15],
      [1, 1 + 1e-15],
    ] as [[Double]])
  func constantAndHugeDataHaveARange(values: [Double]) throws {
    for scale in [AxisScale.linear, .logarithmic] {
      for rounded in [false, true] {
        let axis = axis(values, scale, rounded: rounded)
        #expect(axis.low < axis.high && axis.low.isFinite && axis.high.isFinite)
        // A tick may miss the end of an axis by the tolerance with which ticks are chosen.
        let slack = 1e-9 * (scale == .linear ? axis.high - axis.low : axis.low)
        #expect(axis.ticks.allSatisfy { $0.value >= axis.low - slack })
        #expect(axis.ticks.allSatisfy { $0.value <= axis.high + slack })
        if scale == .linear {
          #expect(!axis.ticks.isEmpty)
          let position = try #require(axis.position(values[0]))
          #expect(position >= 0 && position <= 1)
        }
      }
    }
  }

  @Test func emptyAxisHasNoTicks() {
    #expect(axis([]).ticks.isEmpty)
    #expect(axis([.nan], .logarithmic).ticks.isEmpty)
  }

  @Test func wantedRangeIsTaken() {
    let axis = axis([0.2, 0.9], range: 0...1, rounded: true)
    #expect(axis.low == 0 && axis.high == 1)
  }

  @Test(arguments: [0.0...0.0, -.infinity...1.0, 0...(.infinity)])
  func unusableRangeIsIgnored(range: ClosedRange<Double>) {
    let axis = axis([2, 4], range: range)
    #expect(axis.low == 2 && axis.high == 4)
  }

  @Test func positionsFarOutsideStayFinite() throws {
    let axis = axis([1], range: 0...1e-200)
    #expect(try #require(axis.position(1e300)) == 1e6)
  }
}
