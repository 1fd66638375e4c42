import HebbPlot
import Testing

@Suite struct HistogramTests {
  @Test func countsAreInTheRightBins() {
    let chart = Histogram(values: [0, 0.1, 1, 1.9, 2, 3, 4], binCount: 4)
    #expect(chart.edges == [0, 1, 2, 3, 4])
    #expect(chart.counts == [2, 2, 1, 2])
    #expect(chart.omitted == 0)
  }

  @Test func everyValueIsCountedOnce() {
    let values = (0..<10_000).map { Double(($0 * 7919) % 1009) / 100 }
    let chart = Histogram(values: values)
    #expect(chart.counts.reduce(0, +) == 10_000)
    #expect(chart.edges.count == chart.counts.count + 1 && chart.counts.count <= 60)
    for (index, count) in chart.counts.enumerated() {
      let (low, high) = (chart.edges[index], chart.edges[index + 1])
      let isLast = index == chart.counts.count - 1
      let inside = values.filter { $0 >= low && ($0 < high || isLast && $0 == high) }
      #expect(inside.count == count)
    }
  }

  @Test func valuesThatAreNotFiniteAreReported() {
    let chart = Histogram(values: [1, .nan, 2, .infinity])
    #expect(chart.omitted == 2 && chart.counts.reduce(0, +) == 2)
    let texts = XML(chart.svg(width: 480, height: 320)).texts
    #expect(texts.contains("count (2 not finite, left out)"))
  }

  @Test(
    arguments: [[], [.nan], [3], [3, 3, 3], [-1e308, 1e308], [0, .leastNonzeroMagnitude]]
      as [[Double]])
  func oddData(values: [Double]) {
    for count in [nil, 1, 7, -3, .max] as [Int?] {
      let chart = Histogram(values: values, binCount: count)
      #expect(chart.counts.reduce(0, +) + chart.omitted == values.count)
      _ = XML(chart.svg(width: 480, height: 320))
      #expect(!chart.terminal(width: 40, height: 8).isEmpty)
    }
  }

  @Test func terminal() {
    let chart = Histogram(title: "h", values: [0, 1, 1, 2, 2, 2, 2, 3, 3], binCount: 3)
    #expect(chart.counts == [1, 2, 6])
    #expect(
      chart.terminal(width: 24, height: 6) == """
        h
        6 ┤              ██████
          │              ██████
        0 ┤▄▄▄▄▄▄ ██████ ██████
          └─────────────────────
          0                    3

        """)
  }
}
