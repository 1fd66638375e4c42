import HebbPlot
import Testing

@Suite struct LineChartTests {
  private let chart = LineChart(
    title: "Loss", xLabel: "epoch", yLabel: "nats",
    series: [Series("train", y: [1, 0.5, 0.25]), Series("test", y: [0.8, 0.6, 0.5])])

  @Test func namesAxesAndTicks() {
    let svg = XML(chart.svg(width: 480, height: 320))
    let expected: Set = ["Loss", "epoch", "nats", "train", "test", "0.2", "1.0", "1", "2", "3"]
    #expect(expected.isSubset(of: svg.texts))
    #expect(svg.all("svg")[0]["aria-label"] == "Loss: train, test")
    #expect(svg.all("svg")[0]["viewBox"] == "0 0 480 320")
  }

  /// 640 x 300 without texts other than ticks: the lowest and highest value lie on the frame.
  @Test func pointsStandWhereTheyBelong() throws {
    var chart = LineChart(series: [Series("", y: [0, 0.5, 1])])
    chart.showsLastValues = false
    chart.yRange = 0...1
    let dots = XML(chart.svg(width: 640, height: 300)).all("circle")
    #expect(dots.count == 3)
    let x = try dots.map { try #require(Double($0["cx"] ?? "")) }
    let y = try dots.map { try #require(Double($0["cy"] ?? "")) }
    #expect(y == [272, 146.5, 21])
    #expect(abs(x[1] - (x[0] + x[2]) / 2) < 0.11)
    #expect(x[2] == 640 - 12 - 6)
  }

  @Test func curveIsOnePath() {
    var chart = LineChart(series: [Series("", y: [0, 0.5, 1])])
    chart.showsLastValues = false
    chart.yRange = 0...1
    #expect(chart.svg(width: 640, height: 300).contains("272L"))
    let svg = chart.svg(width: 640, height: 300)
    let curve = XML(svg).all("path").first { $0["d"]?.filter { $0 == "L" }.count == 2 }
    #expect(curve?["d"]?.hasSuffix("L622 21") == true)
  }

  @Test func textsAreEscaped() {
    let text = "<b>&\"'\u{1}"
    let svg = LineChart(
      title: text, xLabel: text, yLabel: text,
      series: [Series(text, y: [1, 2]), Series("plain", y: [2, 1])]
    ).svg(width: 480, height: 320)
    let parsed = XML(svg)
    #expect(parsed.all("b").isEmpty)
    #expect(parsed.texts.filter { $0 == "<b>&\"'\u{FFFD}" }.count == 4)
  }

  @Test func gapsSplitTheLineAndAreMarked() {
    let svg = LineChart(series: [Series("a", y: [1, 2, .nan, 3, .infinity, 4, 5])])
      .svg(width: 480, height: 320)
    let parsed = XML(svg)
    let titles = svg.split(separator: "<title>").dropFirst().map { $0.prefix { $0 != "<" } }
    #expect(titles.contains("a, 3: NaN") && titles.contains("a, 5: ∞"))
    // Five dots: 1, 2, 3 (alone), 4, 5.
    #expect(parsed.all("circle").count == 5)
    let curves = parsed.all("path").filter { !($0["d"] ?? "").isEmpty }
    let crosses = curves.filter { $0["d"]?.filter { $0 == "M" }.count == 2 }
    #expect(crosses.count == 2)
  }

  @Test func zeroOnALogarithmicAxisIsAGap() {
    let chart = LineChart(yScale: .logarithmic, series: [Series("a", y: [100, 10, 0, 1])])
    let svg = chart.svg(width: 480, height: 320)
    #expect(svg.contains("<title>a, 3: 0</title>"))
    #expect(XML(svg).all("circle").count == 3)
    #expect(XML(svg).texts.contains("100"))
  }

  @Test func emptyAndSinglePoint() {
    #expect(XML(LineChart(series: []).svg(width: 480, height: 320)).texts == ["no data"])
    let empty = LineChart(series: [Series("a", y: []), Series("b", y: [.nan])])
    #expect(XML(empty.svg(width: 480, height: 320)).texts.contains("no data"))
    let single = XML(LineChart(series: [Series("a", y: [7])]).svg(width: 480, height: 320))
    #expect(single.all("circle").count == 1)
    #expect(!single.texts.contains("no data"))
  }

  @Test func lastValuesDoNotOverlap() throws {
    let chart = LineChart(
      series: [Series("a", y: [0, 0.5]), Series("b", y: [1, 0.501]), Series("c", y: [2, 0.502])])
    let svg = XML(chart.svg(width: 480, height: 320))
    #expect(Set(["0.5", "0.501", "0.502"]).isSubset(of: svg.texts))
    let ends = try svg.all("text").filter { $0["x"] == svg.all("text").last?["x"] }
      .map { try #require(Double($0["y"] ?? "")) }
    #expect(ends.count == 3)
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $1 - $0 >= 12.9 })
  }

  @Test(arguments: [0.0, 1.0])
  func lastValuesStayInTheFrame(end: Double) throws {
    var chart = LineChart(series: (0..<4).map { Series("s\($0)", y: [0.5, end]) })
    chart.yRange = 0...1
    let svg = XML(chart.svg(width: 480, height: 320))
    let places = try svg.all("text").suffix(4).map { try #require(Double($0["y"] ?? "")) }
    #expect(places.allSatisfy { $0 > 30 && $0 < 300 })
  }

  @Test func outsideOfARangeIsCutOff() throws {
    var chart = LineChart(series: [Series("a", x: [0, 1, 2, 3], y: [-100, 0, 1, 1e300])])
    chart.yRange = 0...1
    let svg = XML(chart.svg(width: 480, height: 320))
    #expect(svg.all("circle").count == 2)
    #expect(svg.coordinates.allSatisfy { $0 >= -1 && $0 <= 481 })
  }

  @Test func longSeriesAreThinned() {
    let values = (0..<200_000).map { Double($0 % 1000) }
    let svg = LineChart(series: [Series("a", y: values)]).svg(width: 480, height: 320)
    #expect(svg.utf8.count < 60_000)
  }

  /// A lone dip and a lone peak among 200,000 equal values reach the ends of the axis.
  @Test func thinningKeepsExtremes() {
    var values = [Double](repeating: 0, count: 200_000)
    values[50_123] = -1
    values[150_321] = 1
    var chart = LineChart(series: [Series("", y: values)])
    chart.yRange = -1...1
    let svg = XML(chart.svg(width: 640, height: 300))
    let path = svg.all("path").compactMap { $0["d"] }.max { $0.count < $1.count } ?? ""
    #expect(path.contains(" 272L") && path.contains(" 21L"))
    #expect(path.count < 20_000)
  }

  @Test func guideIsDrawn() {
    var chart = chart
    chart.guides = [.init(y: 0.89, label: "expected < 0.89")]
    #expect(XML(chart.svg(width: 480, height: 320)).texts.contains("expected < 0.89"))
  }

  @Test func paletteThenDashes() {
    let many = LineChart(series: (0..<9).map { Series("s\($0)", y: [Double($0), 1]) })
    let svg = many.svg(width: 480, height: 400)
    #expect(svg.contains("hebb-s-c0") && svg.contains("hebb-s-c7"))
    #expect(svg.contains("stroke-dasharray=\"7 5\""))
    let own = LineChart(series: [Series("a", y: [1, 2], color: Color(red: 1, green: 2, blue: 3))])
    #expect(own.svg(width: 480, height: 320).contains("stroke=\"#010203\""))
  }

  @Test func styleStandsAloneOrIsThePages() {
    let alone = chart.svg(width: 480, height: 320)
    let embedded = chart.svg(width: 480, height: 320, style: .embedded)
    #expect(alone.contains("<style>") && !embedded.contains("<style>"))
    // White paper and dark ink without any style, as programs without CSS variables see it.
    #expect(alone.contains("fill=\"#ffffff\" width=\"100%\" height=\"100%\""))
  }

  @Test func sameInputSameBytes() {
    #expect(chart.svg(width: 480, height: 320) == chart.svg(width: 480, height: 320))
  }

  @Test func smoothing() {
    let series = Series("a", y: [1, 3, .nan, 5]).smoothed(by: 0.5)
    // s = 0.5, 1.75, 3.375 over 1 − βᵗ = 0.5, 0.75, 0.875
    #expect(series.points[0].y == 1)
    #expect(series.points[1].y == 1.75 / 0.75)
    #expect(series.points[2].y.isNaN)
    #expect(series.points[3].y == 3.375 / 0.875)
    #expect(Series("a", y: [1, 2]).smoothed(by: .nan).points.map(\.y) == [1, 2])
  }
}
