/// Points in the plane, one color and shape per series, such as two features of three classes.
public struct ScatterPlot: Chart, Hashable {
  /// The title, above the chart.
  public var title: String
  /// What the horizontal axis shows.
  public var xLabel: String
  /// What the vertical axis shows.
  public var yLabel: String
  /// The groups of points; how their lines would be drawn does not matter.
  public var series: [Series]
  /// The layout of the horizontal axis.
  public var xScale = AxisScale.linear
  /// The layout of the vertical axis.
  public var yScale = AxisScale.linear

  /// Creates a scatter plot.
  ///
  /// - Parameters:
  ///   - title: The title, above the chart.
  ///   - xLabel: What the horizontal axis shows.
  ///   - yLabel: What the vertical axis shows.
  ///   - series: The groups of points.
  public init(title: String = "", xLabel: String = "", yLabel: String = "", series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
  }

  /// Returns the chart as an SVG document.
  ///
  /// Of several points of a series that fall on the same pixel, one is drawn, so that the size of
  /// the picture is bounded.
  public func svg(width: Int, height: Int, style: SVGStyle) -> String {
    var canvas = SVGCanvas(width: width, height: height)
    let (x, y) = requests
    var content = CartesianFrame.Content(title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y)
    content.inset = 0
    content.rightMargin = 18
    content.legend = series.indices.filter { series.count > 1 && !series[$0].name.isEmpty }.map {
      Legend.Entry(name: series[$0].name, color: color($0), sample: .marker(.at($0)))
    }
    let frame = CartesianFrame(content, on: &canvas)
    let count = series.reduce(0) { $0 + $1.points.count }
    for index in series.indices {
      draw(index, radius: count > 400 ? 2.5 : 4, in: frame, on: &canvas)
    }
    if x.extent.isEmpty || y.extent.isEmpty { frame.drawEmptyNote(on: &canvas) }
    return canvas.document(label: title.isEmpty ? "Scatter plot" : title, style: style)
  }

  /// Returns the chart in Braille dots.
  public func terminal(width: Int, height: Int, color: Bool) -> String {
    let layers = series.indices.map { index in
      TerminalPlot.Layer(
        name: series[index].name, points: series[index].points, isJoined: false,
        color: series[index].color.flatMap { Palette.colors.firstIndex(of: $0) } ?? index)
    }
    let (x, y) = requests
    return TerminalPlot(
      title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y, layers: layers
    ).text(width: width, height: height, color: color)
  }

  private var requests: (Axis.Request, Axis.Request) {
    var (x, y) = (Extent(scale: xScale), Extent(scale: yScale))
    for series in series {
      for point in series.points
      where Extent.drawable(point.x, xScale) != nil && Extent.drawable(point.y, yScale) != nil {
        x.include(point.x)
        y.include(point.y)
      }
    }
    return (
      Axis.Request(extent: x, scale: xScale, isRounded: true),
      Axis.Request(extent: y, scale: yScale, isRounded: true)
    )
  }

  private func color(_ index: Int) -> Color {
    series[index].color ?? Palette.color(at: index)
  }

  private func draw(
    _ index: Int, radius: Double, in frame: CartesianFrame, on canvas: inout SVGCanvas
  ) {
    var taken: Set<Int> = []
    canvas.beginGroup(
      Paint.attributes(fill: .color(color(index)), stroke: .paper)
        + [("fill-opacity", "0.8"), ("stroke-width", "0.75")])
    for point in series[index].points {
      guard let x = frame.pixelX(point.x), let y = frame.pixelY(point.y) else { continue }
      guard taken.insert(Int(y) * (SVGCanvas.sides.upperBound + 1) + Int(x)).inserted else {
        continue
      }
      canvas.element("path", [("d", Marker.at(index).path(x: x, y: y, radius: radius))])
    }
    canvas.endGroup()
  }
}
