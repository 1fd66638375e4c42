import HebbPlot
import Testing

@Suite struct ScatterPlotTests {
  @Test func seriesDifferInShapeAndColor() {
    let chart = ScatterPlot(
      title: "Iris", xLabel: "length", yLabel: "width",
      series: [
        Series("setosa", x: [1, 2], y: [3, 4]), Series("virginica", x: [5, .nan], y: [6, 7]),
      ])
    let svg = chart.svg(width: 480, height: 320)
    let parsed = XML(svg)
    #expect(Set(["Iris", "length", "width", "setosa", "virginica"]).isSubset(of: parsed.texts))
    let paths = parsed.all("path").compactMap { $0["d"] }
    // One circle in the key, two in the plane; a square in the key, one in the plane.
    #expect(paths.filter { $0.contains("A") }.count == 3)
    #expect(paths.filter { !$0.contains("A") && $0.hasSuffix("Z") }.count == 2)
    #expect(svg.contains("hebb-f-c0") && svg.contains("hebb-f-c1"))
  }

  @Test func pointsOnTheSamePixelAreDrawnOnce() {
    let points = (0..<100_000).map { Series.Point(Double($0 % 7), Double($0 % 7)) }
    let svg = ScatterPlot(series: [Series("a", points: points)]).svg(width: 480, height: 320)
    #expect(XML(svg).all("path").filter { $0["d"]?.contains("A") == true }.count == 7)
  }

  @Test func logarithmicAxes() {
    var chart = ScatterPlot(series: [Series("a", x: [1, 10, 0, 100], y: [1, -1, 1, 100])])
    (chart.xScale, chart.yScale) = (.logarithmic, .logarithmic)
    let svg = XML(chart.svg(width: 480, height: 320))
    #expect(svg.all("path").filter { $0["d"]?.contains("A") == true }.count == 2)
  }
}
