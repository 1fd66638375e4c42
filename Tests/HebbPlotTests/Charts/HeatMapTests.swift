import HebbPlot
import Testing

@Suite struct HeatMapTests {
  @Test func cellsAndLabels() {
    let chart = HeatMap(
      title: "Attention", rowLabels: ["a", "<b>"], columnLabels: ["x", "y"],
      values: [[0, 0.5], [1, .nan]])
    let svg = chart.svg(width: 480, height: 320)
    let parsed = XML(svg)
    #expect(
      Set(["Attention", "a", "<b>", "x", "y", "0", "0.50", "1.00"]).isSubset(of: parsed.texts))
    #expect(svg.contains("<title>&lt;b&gt;, x: 1</title>"))
    // Shades of 0.5 and 1, limited to 0.94 in all; the scale brings 32 more.
    let opacities = parsed.all("rect").compactMap { $0["fill-opacity"] }
    #expect(opacities.contains("0.47") && opacities.contains("0.94"))
  }

  @Test func signsHaveTheirOwnColor() {
    let chart = HeatMap(values: [[-2, 2]])
    let svg = chart.svg(width: 480, height: 320)
    #expect(svg.contains("hebb-f-heat") && svg.contains("hebb-f-miss"))
    #expect(XML(svg).texts.contains("−2"))
  }

  @Test func largeTablesBecomePictures() throws {
    let values = (0..<300).map { row in (0..<700).map { Double($0 * row % 17) } }
    let svg = XML(HeatMap(values: values).svg(width: 480, height: 320))
    let image = try #require(svg.all("image").first?["href"])
    #expect(image.hasPrefix("data:image/png;base64,iVBORw0KGgo"))
    #expect(svg.all("rect").count < 50)
  }

  @Test(arguments: [[], [[]], [[.nan]], [[0, 0], [0, 0]], [[1e308, -1e308]]] as [[[Double]]])
  func oddData(values: [[Double]]) {
    let chart = HeatMap(values: values)
    _ = XML(chart.svg(width: 480, height: 320))
    #expect(!chart.terminal(width: 40, height: 8).isEmpty)
    #expect(chart.preferredHeight(forWidth: 480) > 0)
  }

  @Test func terminal() {
    let chart = HeatMap(
      title: "t", rowLabels: ["a", "bc"], columnLabels: ["x", "y", "z"],
      values: [[0, 1, 2], [4, 3, .nan]])
    #expect(chart.terminal(width: 40, height: 8) == "t\n a ··░░▒▒\nbc ██▓▓··\n")
  }
}
