import HebbPlot
import Testing

/// Whatever the numbers, sizes and texts are: no trap, well-formed files of bounded size.
@Suite struct HostileInputTests {
  static let numbers: [Double] = [
    0, -0.0, 1, -1, .nan, .infinity, -.infinity, 1e308, -1e308, 1.797e308, .leastNonzeroMagnitude,
    -Double.leastNonzeroMagnitude, 1e-300,
    1e15, 1e15 + 1, 0.1, 0.1 + 1e-17, 3, .signalingNaN, 2e-308,
  ]
  static let sizes = [Int.min, -1, 0, 1, 24, 119, 360, 10_000, .max]
  static let text = "\u{0}<&>\"'\u{202E}\n\u{1B}[31m日本語 🙂" + String(repeating: "long ", count: 300)

  /// All charts made of two numbers and their neighbors.
  private func charts(_ a: Double, _ b: Double) -> [any Chart] {
    let points = Self.numbers.map { Series.Point($0, a) } + [.init(a, b), .init(b, a)]
    var charts: [any Chart] = [Histogram(title: Self.text, xLabel: Self.text, values: [a, b, a])]
    charts.append(HeatMap(title: Self.text, values: [[a, b], [b, a]]))
    for scale in [AxisScale.linear, .logarithmic] {
      var line = LineChart(
        title: Self.text, xLabel: Self.text, yLabel: Self.text, yScale: scale,
        series: [Series(Self.text, points: points), Series("b", y: [a, b]), Series("", y: [])])
      line.xScale = scale
      line.guides = [.init(y: b, label: Self.text)]
      charts.append(line)
      if a <= b {
        (line.xRange, line.yRange) = (a...b, a...b)
        charts.append(line)
      }
      var scatter = ScatterPlot(series: line.series)
      (scatter.xScale, scatter.yScale) = (scale, scale)
      charts.append(scatter)
    }
    return charts
  }

  @Test(arguments: numbers)
  func anyNumbers(a: Double) {
    for b in Self.numbers {
      for chart in charts(a, b) {
        let svg = XML(chart.svg(width: 400, height: 300))
        #expect(svg.error == nil, "\(a) \(b)")
        #expect(svg.coordinates.allSatisfy { abs($0) <= 1000 }, "\(a) \(b)")
        let text = chart.terminal(width: 60, height: 12, color: true)
        #expect(text.utf8.count < 20_000)
      }
    }
  }

  @Test(arguments: sizes)
  func anySizes(width: Int) {
    for height in Self.sizes {
      let matrix = ConfusionMatrix(labels: ["a", Self.text], counts: [[1, 2], [3, 4]])
      for chart in charts(0.5, 2) + [matrix] {
        _ = XML(chart.svg(width: width, height: height))
        _ = chart.preferredHeight(forWidth: width)
        let lines = chart.terminal(width: width, height: height).split(separator: "\n")
        #expect(lines.count <= 210)
      }
    }
  }

  @Test func linesOfATerminalKeepToItsWidth() {
    for width in [24, 40, 79, 200] {
      for chart in charts(0.25, 3) {
        for line in chart.terminal(width: width, height: 16).split(separator: "\n") {
          #expect(line.count <= width, "\(chart.title.prefix(5)) \(line)")
          #expect(!line.contains("\u{1B}"))
        }
      }
    }
  }
}
