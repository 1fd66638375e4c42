/// Curves over a common horizontal axis, such as the loss over the epochs.
///
/// ```swift
/// let chart = LineChart(
///   title: "Loss", xLabel: "epoch", yLabel: "nats per example",
///   series: [Series("train", y: [0.62, 0.41, 0.36]), Series("test", y: [0.45, 0.40, 0.38])])
/// print(chart.terminal(width: 72, height: 16))
/// ```
/// Values that an axis cannot show (NaN, infinity, zero on a logarithmic axis) leave a gap, and a
/// cross on the horizontal axis says where: a run that has diverged must not look like a run that
/// has ended. A series or a stretch of a single point is drawn as a dot.
public struct LineChart: Chart, Hashable {
  /// A horizontal line at a value that the data are compared with, such as a published accuracy.
  public struct Guide: Sendable, Hashable {
    /// The vertical position in data units.
    public var y: Double
    /// The text on the line.
    public var label: String

    /// Creates a guide.
    public init(y: Double, label: String) {
      self.y = y
      self.label = label
    }
  }

  /// The title, above the chart.
  public var title: String
  /// What the horizontal axis shows.
  public var xLabel: String
  /// What the vertical axis shows.
  public var yLabel: String
  /// The curves; later ones are drawn over earlier ones.
  public var series: [Series]
  /// The layout of the horizontal axis.
  public var xScale = AxisScale.linear
  /// The layout of the vertical axis.
  public var yScale: AxisScale
  /// The horizontal range; nil shows all data. What lies outside is cut off.
  public var xRange: ClosedRange<Double>?
  /// The vertical range; nil shows all data between round numbers. What lies outside is cut off.
  public var yRange: ClosedRange<Double>?
  /// Horizontal lines to compare the curves with.
  public var guides: [Guide] = []
  /// Whether the last value of each curve is written at its end.
  public var showsLastValues = true

  /// Creates a line chart.
  ///
  /// - Parameters:
  ///   - title: The title, above the chart.
  ///   - xLabel: What the horizontal axis shows.
  ///   - yLabel: What the vertical axis shows.
  ///   - yScale: The layout of the vertical axis.
  ///   - series: The curves.
  public init(
    title: String = "", xLabel: String = "", yLabel: String = "", yScale: AxisScale = .linear,
    series: [Series]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.yScale = yScale
    self.series = series
  }

  /// Returns the chart as an SVG document.
  public func svg(width: Int, height: Int, style: SVGStyle) -> String {
    var canvas = SVGCanvas(width: width, height: height)
    let content = content(width: canvas.width)
    let frame = CartesianFrame(content, on: &canvas)
    draw(guides, in: frame, on: &canvas)
    var ends: [LastValue] = []
    for index in series.indices {
      if let end = drawSeries(index, in: frame, on: &canvas) { ends.append(end) }
    }
    if content.x.extent.isEmpty || content.y.extent.isEmpty { frame.drawEmptyNote(on: &canvas) }
    if writesLastValues(width: canvas.width) { drawLastValues(ends, in: frame, on: &canvas) }
    return canvas.document(label: accessibilityLabel, style: style)
  }

  /// Returns the chart in Braille dots, eight to a character, with a key above it.
  public func terminal(width: Int, height: Int, color: Bool) -> String {
    let layers = series.indices.map {
      TerminalPlot.Layer(
        name: series[$0].name, points: series[$0].points, isJoined: true, color: colorNumber($0))
    }
    let requests = requests
    return TerminalPlot(
      title: title, xLabel: xLabel, yLabel: yLabel, x: requests.x, y: requests.y, layers: layers
    ).text(width: width, height: height, color: color)
  }

  // MARK: Data

  private var requests: (x: Axis.Request, y: Axis.Request) {
    var (x, y) = (Extent(scale: xScale), Extent(scale: yScale))
    for point in series.lazy.flatMap(\.points) {
      // A point outside of the wanted range must not stretch the other axis.
      guard Extent.drawable(point.x, xScale) != nil else { continue }
      if let xRange, !xRange.contains(point.x) { continue }
      x.include(point.x)
      y.include(point.y)
    }
    for guide in guides { y.include(guide.y) }
    return (
      Axis.Request(extent: x, scale: xScale, range: xRange),
      Axis.Request(extent: y, scale: yScale, range: yRange, isRounded: true)
    )
  }

  private func content(width: Int) -> CartesianFrame.Content {
    let requests = requests
    var content = CartesianFrame.Content(
      title: title, xLabel: xLabel, yLabel: yLabel, x: requests.x, y: requests.y)
    // A single curve that is called what the axis is called needs no key.
    let isNamed = series.count > 1 || ![yLabel, title].contains(series.first?.name ?? "")
    content.legend = series.indices.filter { isNamed && !series[$0].name.isEmpty }.map {
      Legend.Entry(
        name: series[$0].name, color: color($0), sample: .line(line($0)),
        isFaint: series[$0].isFaint)
    }
    if writesLastValues(width: width) {
      let texts = series.compactMap { $0.isFaint ? nil : Self.lastValue($0) }
      let widest = texts.map { TextMetrics.width($0, size: 11) }.max() ?? 0
      content.rightMargin = 14 + widest
    }
    return content
  }

  private func color(_ index: Int) -> Color {
    series[index].color ?? Palette.color(at: index)
  }

  /// The second and third turn through the palette are dashed and dotted.
  private func line(_ index: Int) -> Series.Line {
    let own = series[index].line
    guard own == .solid, series[index].color == nil else { return own }
    return [.solid, .dashed, .dotted][(index / Palette.colors.count) % 3]
  }

  private func colorNumber(_ index: Int) -> Int {
    series[index].color.flatMap { Palette.colors.firstIndex(of: $0) } ?? index
  }

  private var accessibilityLabel: String {
    let names = series.map(\.name).filter { !$0.isEmpty }.prefix(8).joined(separator: ", ")
    let label = title.isEmpty ? "Line chart" : title
    return names.isEmpty ? label : "\(label): \(names)"
  }

  // MARK: Curves

  /// Draws a curve and returns the end of it.
  private func drawSeries(
    _ index: Int, in frame: CartesianFrame, on canvas: inout SVGCanvas
  ) -> LastValue? {
    let (curve, paint) = (series[index], Paint.color(color(index)))
    let runs = Polyline.runs(curve.points, in: frame)
    let count = runs.reduce(0) { $0 + $1.count }
    let width = NumberText.coordinate(curve.isFaint ? 1 : 2)
    var group = Paint.attributes(fill: nil, stroke: paint)
    group += [("stroke-width", width), ("stroke-linejoin", "round"), ("stroke-linecap", "round")]
    if curve.isFaint { group.append(("stroke-opacity", "0.35")) }
    canvas.beginGroup(group + line(index).dashes)
    for run in runs where run.count > 1 {
      let path = Polyline.path(Polyline.thinned(run), clippedTo: frame.box)
      if !path.isEmpty { canvas.element("path", [("d", path)]) }
    }
    canvas.endGroup()
    drawGaps(curve, paint, in: frame, on: &canvas)
    guard !curve.isFaint else { return nil }
    // Dots show where the values are, as long as they stand apart.
    let showsAll = count <= 50 && frame.box.width / Double(max(1, count)) >= 9
    let vertices = runs.flatMap { showsAll || $0.count == 1 ? $0 : [] }
    canvas.beginGroup(Paint.attributes(fill: paint, stroke: .paper) + [("stroke-width", "1.5")])
    for vertex in vertices.prefix(2000) where frame.contains(vertex.x, vertex.y) {
      let attributes = [
        ("cx", NumberText.coordinate(vertex.x)), ("cy", NumberText.coordinate(vertex.y)),
        ("r", "4"),
      ]
      canvas.element("circle", attributes, tip: tip(curve, curve.points[vertex.index]))
    }
    canvas.endGroup()
    guard count > 1, let last = runs.last?.last, last.index == curve.points.count - 1,
      frame.contains(last.x, last.y), let text = Self.lastValue(curve)
    else { return nil }
    return LastValue(x: last.x, y: last.y, text: text)
  }

  private func tip(_ curve: Series, _ point: Series.Point) -> String {
    let x = NumberText.significant(point.x, digits: 6)
    let y = NumberText.significant(point.y)
    let place = xLabel.isEmpty ? x : "\(xLabel) \(x)"
    return curve.name.isEmpty ? "\(place): \(y)" : "\(curve.name), \(place): \(y)"
  }

  /// Marks on the horizontal axis where a value cannot be shown, 50 times at most.
  private func drawGaps(
    _ curve: Series, _ paint: Paint, in frame: CartesianFrame, on canvas: inout SVGCanvas
  ) {
    let gaps = curve.points.lazy.filter { frame.y.position($0.y) == nil }
      .compactMap { point in frame.pixelX(point.x).map { ($0, point) } }
      .filter { frame.contains($0.0, frame.box.bottom) }.prefix(50)
    guard gaps.first(where: { _ in true }) != nil else { return }
    canvas.beginGroup(Paint.attributes(fill: nil, stroke: paint) + [("stroke-width", "1.75")])
    for (x, point) in gaps {
      let y = frame.box.bottom - 6
      func at(_ dx: Double, _ dy: Double) -> String {
        NumberText.coordinate(x + dx) + " " + NumberText.coordinate(y + dy)
      }
      let cross = "M\(at(-3, -3))L\(at(3, 3))M\(at(-3, 3))L\(at(3, -3))"
      canvas.element("path", [("d", cross)], tip: tip(curve, point))
    }
    canvas.endGroup()
  }

  private func draw(_ guides: [Guide], in frame: CartesianFrame, on canvas: inout SVGCanvas) {
    var labels: [Box] = []
    for guide in guides {
      guard let y = frame.pixelY(guide.y), frame.contains(frame.box.left, y) else { continue }
      canvas.beginGroup(
        Paint.attributes(fill: nil, stroke: .muted) + [("stroke-dasharray", "3 4")])
      canvas.line(frame.box.left, y, frame.box.right, y)
      canvas.endGroup()
      let text = TextMetrics.truncated(guide.label, to: frame.box.width - 8, size: 11)
      let place = freePlace(for: text, at: y, in: frame, beside: labels)
      let width = TextMetrics.width(text, size: 11)
      labels.append(Box(left: place.x, top: place.y - 11, width: width, height: 15))
      // Where nothing is free, a rim in the color of the paper keeps letters and curves apart.
      canvas.text(
        text, x: place.x, y: place.y, paint: .muted,
        [("font-size", "11"), ("paint-order", "stroke"), ("stroke-width", "4")]
          + Paint.attributes(fill: .muted, stroke: .paper).filter { $0.0 == "stroke" }
          + [("stroke-linejoin", "round")])
    }
  }

  /// Where a label beside a horizontal line crosses the curves and other labels least: above or below
  /// it, from the right to the left.
  private func freePlace(
    for text: String, at y: Double, in frame: CartesianFrame, beside others: [Box]
  ) -> (x: Double, y: Double) {
    let width = TextMetrics.width(text, size: 11)
    let runs = series.flatMap { Polyline.runs($0.points, in: frame) }
    var best = (x: frame.box.right - 2 - width, y: y - 5, crossings: Int.max)
    for baseline in [y - 5, y + 13]
    where baseline - 9 > frame.box.top && baseline + 3 < frame.box.bottom {
      for step in 0...8 {
        let share = Double(step) / 8
        let right = frame.box.right - 2 - share * max(frame.box.width - 4 - width, 0)
        let label = Box(left: right - width - 4, top: baseline - 12, width: width + 8, height: 18)
        let overlaps = others.count { other in
          label.left < other.left + other.width && other.left < label.left + label.width
            && label.top < other.top + other.height && other.top < label.top + label.height
        }
        // A letter on a letter is worse than a curve through it.
        let crossings = runs.reduce(1000 * overlaps) {
          $0 + Self.crossings(of: $1, with: label)
        }
        if crossings < best.crossings { best = (right - width, baseline, crossings) }
        if best.crossings == 0 { return (best.x, best.y) }
      }
    }
    return (best.x, best.y)
  }

  /// In how many of a label's columns of pixels a curve runs through it.
  private static func crossings(of run: [Polyline.Vertex], with label: Box) -> Int {
    var columns = 0
    if run.count == 1, let only = run.first {
      let isInside = (label.left...label.right).contains(only.x)
      return isInside && (label.top...label.bottom).contains(only.y) ? 1 : 0
    }
    for (from, to) in zip(run, run.dropFirst()) where from.x <= label.right && to.x >= label.left {
      var x = max(from.x, label.left)
      while x <= min(to.x, label.right) {
        let share = to.x > from.x ? (x - from.x) / (to.x - from.x) : 0
        let height = from.y + share * (to.y - from.y)
        if height >= label.top && height <= label.bottom { columns += 1 }
        x += 2
      }
    }
    return columns
  }

  // MARK: Last values

  private struct LastValue {
    var x: Double
    var y: Double
    var text: String
  }

  /// More than six numbers would be pushed away from their curves.
  private func writesLastValues(width: Int) -> Bool {
    showsLastValues && width >= 240 && series.lazy.filter { !$0.isFaint }.count <= 6
  }

  private static func lastValue(_ curve: Series) -> String? {
    guard let y = curve.points.last?.y, y.isFinite else { return nil }
    return NumberText.significant(y, digits: 4)
  }

  /// Writes the numbers beside the ends of the curves, moved apart where they would overlap.
  private func drawLastValues(
    _ ends: [LastValue], in frame: CartesianFrame, on canvas: inout SVGCanvas
  ) {
    var ends = ends.sorted { ($0.y, $0.text) < ($1.y, $1.text) }
    guard !ends.isEmpty else { return }
    let gap = 13.0
    for index in ends.indices.dropFirst() {
      ends[index].y = max(ends[index].y, ends[index - 1].y + gap)
    }
    ends[ends.count - 1].y = min(ends[ends.count - 1].y, frame.box.bottom)
    for index in ends.indices.dropLast().reversed() {
      ends[index].y = min(ends[index].y, ends[index + 1].y - gap)
    }
    canvas.beginGroup(
      Paint.attributes(fill: .ink)
        + [
          ("font-size", "11"), ("font-weight", "600"),
          ("style", "font-variant-numeric:tabular-nums"),
        ])
    for end in ends {
      canvas.text(end.text, x: end.x + 9, y: end.y + 4, paint: nil)
    }
    canvas.endGroup()
  }
}
