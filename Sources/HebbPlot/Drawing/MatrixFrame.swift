/// Titles, labels and cells of a chart that shows a table of colors.
struct MatrixFrame {
  /// What stands around the cells.
  struct Content {
    var title: String
    var rowTitle: String
    var columnTitle: String
    var rowLabels: [String]
    var columnLabels: [String]
    /// Room beside the cells on the right, for a further column or a color scale.
    var rightMargin = 0.0
    /// Room below the cells, for a further row.
    var bottomMargin = 0.0
  }

  /// The area of all cells.
  let box: Box
  /// The width of a cell including its gap.
  let cellWidth: Double
  /// The height of a cell including its gap.
  let cellHeight: Double

  private static let outer = 14.0
  private static let size = 11.0
  private static let slope = 50.0  // degrees, of column labels that do not fit side by side
  private static let sine = 0.766
  private static let cosine = 0.643

  /// Lays the frame out in the canvas and draws all titles and labels.
  init(_ content: Content, on canvas: inout SVGCanvas) {
    let sketch = Sketch(content, width: Double(canvas.width))
    let columns = Double(max(1, content.columnLabels.count))
    let rows = Double(max(1, content.rowLabels.count))
    let room = Double(canvas.height) - sketch.top - content.bottomMargin - Self.outer
    cellWidth = sketch.cellWidth
    cellHeight = max(24 / rows, min(room / rows, max(46, cellWidth)))
    box = Box(
      left: sketch.left, top: sketch.top, width: cellWidth * columns, height: cellHeight * rows)
    drawTitles(content, on: &canvas)
    drawRowLabels(content, on: &canvas)
    drawColumnLabels(content, isSloping: sketch.isSloping, on: &canvas)
  }

  /// Returns the height at which the cells have a good shape.
  static func preferredHeight(_ content: Content, width: Double) -> Int {
    let sketch = Sketch(content, width: width)
    let cell = min(max(sketch.cellWidth * 0.55, min(sketch.cellWidth, 26)), 46)
    let rows = Double(max(1, content.rowLabels.count))
    let cells = max(60, min(cell * rows, width * 1.2))
    return Int((sketch.top + cells + content.bottomMargin + outer).rounded(.up))
  }

  /// Returns the area of a cell, without its gap.
  func cell(row: Int, column: Int) -> Box {
    let gap = min(cellWidth, cellHeight) >= 12 ? 1.5 : 0
    return Box(
      left: box.left + Double(column) * cellWidth + gap / 2,
      top: box.top + Double(row) * cellHeight + gap / 2,
      width: cellWidth - gap, height: cellHeight - gap)
  }

  /// The radius of the corners of a cell.
  var corner: Double { min(cellWidth, cellHeight) >= 16 ? 3 : 0 }

  /// Returns the font size at which `widest` fits into a cell, nil where it would be unreadable.
  func fontSize(for widest: String) -> Double? {
    let fitting = (cellWidth - 4) / max(0.1, TextMetrics.width(widest, size: 1))
    let size = min(12.5, fitting, cellHeight * 0.62)
    return size >= 6.5 ? size : nil
  }

  /// The choices that need only the width.
  private struct Sketch {
    var left: Double
    var top: Double
    var cellWidth: Double
    var isSloping: Bool

    init(_ content: Content, width: Double) {
      let widestRow = content.rowLabels.map { TextMetrics.width($0, size: size) }.max() ?? 0
      let left = outer + min(widestRow, width * 0.24) + 8 + (content.rowTitle.isEmpty ? 0 : 18)
      self.left = left
      let widest = content.columnLabels.map { TextMetrics.width($0, size: size) }.max() ?? 0
      let columns = Double(max(1, content.columnLabels.count))
      var right = outer + content.rightMargin
      func cell(_ right: Double) -> Double { max(24 / columns, (width - left - right) / columns) }
      isSloping = widest > cell(right) - 6
      let label = min(widest, 120)
      // Sloping labels reach beyond the last column.
      if isSloping { right = max(right, label * cosine + 4) }
      cellWidth = min(84, cell(right))
      top = outer + (content.title.isEmpty ? 0 : 24) + (content.columnTitle.isEmpty ? 0 : 20)
      if widest > 0 { top += isSloping ? label * sine + 12 : 20 }
    }
  }

  private func drawTitles(_ content: Content, on canvas: inout SVGCanvas) {
    let outer = Self.outer
    let size = [("font-size", "\(Int(Self.size))")]
    var y = outer + 11
    if !content.title.isEmpty {
      ChartText.title(
        content.title, on: &canvas, x: outer, y: y, width: Double(canvas.width) - 2 * outer)
      y += 24
    }
    canvas.text(content.columnTitle, x: box.middleX, y: y, anchor: .middle, paint: .muted, size)
    let x = NumberText.coordinate(outer + 9)
    let middle = NumberText.coordinate(box.middleY)
    canvas.text(
      content.rowTitle, x: outer + 9, y: box.middleY, anchor: .middle, paint: .muted,
      size + [("transform", "rotate(-90 \(x) \(middle))")])
  }

  private func drawRowLabels(_ content: Content, on canvas: inout SVGCanvas) {
    let room = box.left - Self.outer - 8 - (content.rowTitle.isEmpty ? 0 : 18)
    let every = max(1, Int((13 / cellHeight).rounded(.up)))
    canvas.beginGroup(Paint.attributes(fill: .ink) + [("font-size", "\(Int(Self.size))")])
    for row in Swift.stride(from: 0, to: content.rowLabels.count, by: every) {
      canvas.text(
        TextMetrics.truncated(content.rowLabels[row], to: room + 1, size: Self.size),
        x: box.left - 8, y: box.top + (Double(row) + 0.5) * cellHeight + 4, anchor: .end,
        paint: nil)
    }
    canvas.endGroup()
  }

  private func drawColumnLabels(
    _ content: Content, isSloping: Bool, on canvas: inout SVGCanvas
  ) {
    let every = max(1, Int((13 / cellWidth).rounded(.up)))
    canvas.beginGroup(Paint.attributes(fill: .ink) + [("font-size", "\(Int(Self.size))")])
    for column in Swift.stride(from: 0, to: content.columnLabels.count, by: every) {
      let label = TextMetrics.truncated(content.columnLabels[column], to: 121, size: Self.size)
      let x = box.left + (Double(column) + 0.5) * cellWidth
      if isSloping {
        let turn = "rotate(-\(Int(Self.slope)) \(NumberText.coordinate(x + 3)) "
        canvas.text(
          label, x: x + 3, y: box.top - 6, paint: nil,
          [("transform", turn + NumberText.coordinate(box.top - 6) + ")")])
      } else {
        canvas.text(label, x: x, y: box.top - 8, anchor: .middle, paint: nil)
      }
    }
    canvas.endGroup()
  }
}
