/// Title, key, axes and grid of a chart with two axes, and the mapping from data to pixels.
struct CartesianFrame {
  /// What stands around the data.
  struct Content {
    var title: String
    var xLabel: String
    var yLabel: String
    var legend: [Legend.Entry] = []
    var x: Axis.Request
    var y: Axis.Request
    /// Room to the right of the data, for the last values of lines.
    var rightMargin = 12.0
    /// The distance between the frame and the first and last x, so that markers have room.
    var inset = 6.0
  }

  /// The area of the data.
  let box: Box
  /// The horizontal axis.
  let x: Axis
  /// The vertical axis.
  let y: Axis
  private let inset: Double

  private static let tickSize = 11.0
  private static let outer = 14.0

  /// Lays the frame out and draws all of it that lies behind the data.
  init(_ content: Content, on canvas: inout SVGCanvas) {
    let (width, height) = (Double(canvas.width), Double(canvas.height))
    let outer = Self.outer
    var top = outer
    if !content.title.isEmpty {
      ChartText.title(content.title, on: &canvas, x: outer, y: top + 11, width: width - 2 * outer)
      top += 24
    }
    let legend = Legend(content.legend, width: width - 2 * outer)
    if legend.height > 0 && height - top > legend.height + 80 {
      legend.draw(on: &canvas, left: outer, top: top)
      top += legend.height + 6
    }
    if !content.yLabel.isEmpty {
      let label = TextMetrics.truncated(content.yLabel, to: width - 2 * outer, size: Self.tickSize)
      canvas.text(
        label, x: outer, y: top + 9, paint: .muted, [("font-size", "\(Int(Self.tickSize))")])
      top += 18
    }
    top += 7
    let bottom = height - outer - 14 - (content.xLabel.isEmpty ? 0 : 17)
    let plotHeight = max(24, bottom - top)
    y = Axis(content.y, atMost: max(2, min(8, Int(plotHeight / 29))))
    let labelWidth = y.ticks.map { TextMetrics.width($0.label, size: Self.tickSize) }.max() ?? 0
    let left = outer + min(labelWidth, width / 3) + 8
    let plotWidth = max(24, width - left - content.rightMargin)
    box = Box(left: left, top: top, width: plotWidth, height: plotHeight)
    x = Self.horizontalAxis(content.x, width: plotWidth)
    inset = content.inset
    drawGrid(on: &canvas)
    if !content.xLabel.isEmpty {
      canvas.text(
        TextMetrics.truncated(content.xLabel, to: plotWidth, size: Self.tickSize),
        x: box.middleX, y: box.bottom + 33, anchor: .middle, paint: .muted,
        [("font-size", "\(Int(Self.tickSize))")])
    }
  }

  /// Returns the horizontal pixel of a value, nil where the axis cannot show it.
  func pixelX(_ value: Double) -> Double? {
    x.position(value).map { box.left + inset + $0 * (box.width - 2 * inset) }
  }

  /// Returns the vertical pixel of a value, nil where the axis cannot show it.
  func pixelY(_ value: Double) -> Double? {
    y.position(value).map { box.bottom - $0 * box.height }
  }

  /// Whether a pixel lies in the area of the data, with half a pixel of tolerance.
  func contains(_ pixelX: Double, _ pixelY: Double) -> Bool {
    pixelX >= box.left - 0.5 && pixelX <= box.right + 0.5 && pixelY >= box.top - 0.5
      && pixelY <= box.bottom + 0.5
  }

  /// Says in the middle of the empty frame that there is nothing to show.
  func drawEmptyNote(on canvas: inout SVGCanvas) {
    canvas.text("no data", x: box.middleX, y: box.middleY + 4, anchor: .middle, paint: .muted)
  }

  /// Takes as many ticks as fit side by side.
  private static func horizontalAxis(_ request: Axis.Request, width: Double) -> Axis {
    var count = max(2, min(13, Int(width / 36)))
    while true {
      let axis = Axis(request, atMost: count)
      let widest = axis.ticks.map { TextMetrics.width($0.label, size: tickSize) }.max() ?? 0
      if count <= 2 || (widest + 14) * Double(axis.ticks.count) <= width + widest { return axis }
      count -= 1
    }
  }

  private func drawGrid(on canvas: inout SVGCanvas) {
    canvas.beginGroup(Paint.attributes(fill: nil, stroke: .grid))
    for pixel in y.ticks.compactMap({ pixelY($0.value) }) where pixel < box.bottom - 0.5 {
      canvas.line(box.left, sharp(pixel), box.right, sharp(pixel))
    }
    canvas.endGroup()
    canvas.beginGroup(Paint.attributes(fill: nil, stroke: .axis))
    canvas.line(box.left, sharp(box.bottom), box.right, sharp(box.bottom))
    for pixel in x.ticks.compactMap({ pixelX($0.value) }) {
      canvas.line(sharp(pixel), box.bottom, sharp(pixel), box.bottom + 4)
    }
    canvas.endGroup()
    canvas.beginGroup(
      Paint.attributes(fill: .muted)
        + [("font-size", "\(Int(Self.tickSize))"), ("style", "font-variant-numeric:tabular-nums")])
    for tick in y.ticks {
      guard let pixel = pixelY(tick.value) else { continue }
      canvas.text(tick.label, x: box.left - 8, y: pixel + 4, anchor: .end, paint: nil)
    }
    for tick in x.ticks {
      guard let pixel = pixelX(tick.value) else { continue }
      canvas.text(tick.label, x: pixel, y: box.bottom + 17, anchor: .middle, paint: nil)
    }
    canvas.endGroup()
  }

  /// Returns the middle of a pixel, where a line of width 1 is not smeared over two.
  private func sharp(_ pixel: Double) -> Double {
    pixel.rounded(.down) + 0.5
  }
}

/// Texts that all charts set in the same way.
enum ChartText {
  /// Draws a title on one line, cut where it is too long.
  static func title(
    _ title: String, on canvas: inout SVGCanvas, x: Double, y: Double, width: Double
  ) {
    canvas.text(
      TextMetrics.truncated(title, to: width, size: 15), x: x, y: y,
      [("font-size", "15"), ("font-weight", "600")])
  }
}
