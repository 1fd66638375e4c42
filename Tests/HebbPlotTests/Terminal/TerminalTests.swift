import HebbPlot
import Testing

@Suite struct TerminalTests {
  @Test func lineChart() {
    let chart = LineChart(
      title: "Loss", xLabel: "epoch", series: [Series("train", y: [1, 0.5, 0.25, 0])])
    #expect(
      chart.terminal(width: 32, height: 10) == """
        Loss
        ⠤⠤⠤ train
        1.0 ┤⠑⠢⢄⡀
            │   ⠈⠑⠤⣀
        0.5 ┤       ⠉⠒⠤⢄⣀⡀
            │            ⠈⠉⠑⠒⠢⠤⢄⣀⡀
        0.0 ┤                    ⠈⠉⠒⠒⠤⠤⣀
            └┬────────┬───────┬────────┬
             1        2       3        4
                        epoch

        """)
  }

  @Test func gapsStayEmpty() {
    let chart = LineChart(series: [Series("", x: [0, 1, 2, 3, 4], y: [0, 0, .nan, 0, 0])])
    let line = chart.terminal(width: 30, height: 7).split(separator: "\n").first {
      $0.contains("⠤") || $0.contains("⠒") || $0.contains("⠉") || $0.contains("⣀")
    }
    let dots = line?.drop { $0 != "┤" }.dropFirst() ?? ""
    let parts = dots.split(separator: " ")
    #expect(parts.count == 2, "\(dots)")
  }

  @Test func aSinglePointIsOneDot() {
    let text = LineChart(series: [Series("", y: [3])]).terminal(width: 30, height: 8)
    let dots = text.unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }
    #expect(dots.count == 1)
    #expect(dots.allSatisfy { ($0.value - 0x2800).nonzeroBitCount == 1 })
  }

  @Test func logarithmicAxis() {
    let chart = LineChart(yScale: .logarithmic, series: [Series("", y: [1000, 100, 0, 10])])
    let text = chart.terminal(width: 40, height: 12)
    #expect(text.contains("1000 ┤") && text.contains(" 100 ┤") && text.contains("  10 ┤"))
  }

  @Test func colorsOnlyOnRequest() {
    let chart = LineChart(series: [Series("a", y: [1, 2]), Series("b", y: [2, 1])])
    #expect(!chart.terminal(width: 40, height: 10).contains("\u{1B}"))
    let colored = chart.terminal(width: 40, height: 10, color: true)
    let starts = colored.split(separator: "\u{1B}[38;5;").count
    let ends = colored.split(separator: "\u{1B}[0m").count
    #expect(starts > 3 && ends > 3)
    // Whatever is colored ends its color on the same line.
    for line in colored.split(separator: "\n") where line.contains("\u{1B}") {
      #expect(line.hasSuffix("\u{1B}[0m") || line.contains("\u{1B}[0m"))
    }
  }

  @Test func labelsCannotWriteEscapeSequences() {
    let evil = "\u{1B}[2J\u{7}evil\n"
    let series = [Series(evil, y: [1, 2]), Series("b", y: [2, 1])]
    let charts: [any Chart] = [
      LineChart(title: evil, xLabel: evil, yLabel: evil, series: series),
      ScatterPlot(title: evil, xLabel: evil, yLabel: evil, series: series),
      Histogram(title: evil, xLabel: evil, values: [1, 2, 3]),
      HeatMap(title: evil, rowLabels: [evil], columnLabels: [evil], values: [[1]]),
      ConfusionMatrix(title: evil, labels: [evil, "b"], counts: [[1, 2], [3, 4]]),
    ]
    for chart in charts {
      for width in [30, 90] {
        let text = chart.terminal(width: width, height: 14)
        #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"))
        #expect(text.contains("evil"))
      }
    }
  }

  @Test func scatterHasNoLines() {
    let chart = ScatterPlot(series: [Series("", x: [0, 100], y: [0, 100])])
    let text = chart.terminal(width: 40, height: 12)
    let dots = text.unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }
    #expect(dots.count == 2)
  }
}
