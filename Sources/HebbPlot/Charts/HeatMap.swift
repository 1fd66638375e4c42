/// A table of numbers as colors, such as attention weights or correlations.
///
/// Without negative values the shade runs from nothing at the smallest value to full at the
/// largest. With negative values it runs from nothing at zero to full at the largest magnitude,
/// blue for positive and vermilion for negative values. Cells that are not finite stay empty.
public struct HeatMap: Chart, Hashable {
  /// The title, above the chart.
  public var title: String
  /// What the rows are.
  public var rowTitle = ""
  /// What the columns are.
  public var columnTitle = ""
  /// The labels of the rows.
  public let rowLabels: [String]
  /// The labels of the columns.
  public let columnLabels: [String]
  /// The numbers, row by row.
  public let values: [[Double]]
  /// Whether numbers are written into the cells where they fit.
  public var showsValues = true

  /// Creates a heat map.
  ///
  /// - Parameters:
  ///   - title: The title, above the chart.
  ///   - rowLabels: One label per row, or none at all.
  ///   - columnLabels: One label per column, or none at all.
  ///   - values: The numbers, row by row; all rows have the same length.
  public init(
    title: String = "", rowLabels: [String] = [], columnLabels: [String] = [], values: [[Double]]
  ) {
    let columns = values.first?.count ?? 0
    precondition(
      values.allSatisfy { $0.count == columns },
      "HeatMap: the first row has \(columns) values, another row has another number")
    precondition(
      rowLabels.isEmpty || rowLabels.count == values.count,
      "HeatMap: \(rowLabels.count) row labels for \(values.count) rows")
    precondition(
      columnLabels.isEmpty || columnLabels.count == columns,
      "HeatMap: \(columnLabels.count) column labels for \(columns) columns")
    self.title = title
    self.rowLabels = rowLabels.isEmpty ? values.map { _ in "" } : rowLabels
    self.columnLabels =
      columnLabels.isEmpty ? [String](repeating: "", count: columns) : columnLabels
    self.values = values
  }

  /// Returns the chart as an SVG document.
  public func svg(width: Int, height: Int, style: SVGStyle) -> String {
    var canvas = SVGCanvas(width: width, height: height)
    let frame = MatrixFrame(content, on: &canvas)
    let range = range
    let cells = MatrixCells(rows: values.count, columns: columnLabels.count)
    var widest: String?
    if showsValues && cells.areRectangles {
      widest = values.joined().map { text($0, range) }
        .max { TextMetrics.width($0, size: 12) < TextMetrics.width($1, size: 12) }
    }
    let fontSize = widest.flatMap { frame.fontSize(for: $0) }
    cells.draw(in: frame, on: &canvas, fontSize: fontSize) { row, column in
      let value = values[row][column]
      guard value.isFinite else { return MatrixCells.Cell(paint: .heat, opacity: 0) }
      return MatrixCells.Cell(
        paint: value < 0 ? .miss : .heat, opacity: range.shade(value),
        text: fontSize == nil ? "" : text(value, range))
    } tip: { row, column in
      var place = [rowLabels[row], columnLabels[column]].filter { !$0.isEmpty }
      if place.isEmpty { place = ["row \(row)", "column \(column)"] }
      return "\(place.joined(separator: ", ")): \(NumberText.significant(values[row][column]))"
    }
    if values.joined().isEmpty {
      canvas.text("no data", x: frame.box.middleX, y: frame.box.middleY, anchor: .middle)
    } else {
      drawScale(range, in: frame, on: &canvas)
    }
    return canvas.document(label: title.isEmpty ? "Heat map" : title, style: style)
  }

  /// Returns the chart in shades of block characters, two to a cell.
  public func terminal(width: Int, height: Int, color: Bool) -> String {
    let range = range
    let shades = values.map { $0.map { $0.isFinite ? range.shade($0) : 0 } }
    return TerminalShades(title: title, rowLabels: rowLabels, shades: shades)
      .text(width: width, height: height)
  }

  /// Returns a height at which the cells have a good shape.
  public func preferredHeight(forWidth width: Int) -> Int {
    MatrixFrame.preferredHeight(content, width: Double(SVGCanvas.side(width)))
  }

  private var content: MatrixFrame.Content {
    MatrixFrame.Content(
      title: title, rowTitle: rowTitle, columnTitle: columnTitle, rowLabels: rowLabels,
      columnLabels: columnLabels, rightMargin: 58)
  }

  /// The values that have no shade and full shade.
  private struct ShadeRange {
    var low: Double
    var high: Double
    var isDiverging: Bool
    var isWhole = false

    func shade(_ value: Double) -> Double {
      let limited = max(-1e300, min(1e300, value))
      let share = isDiverging ? abs(limited) / high : (limited - low) / (high - low)
      return share.isFinite ? max(0, min(1, share)) : 1
    }
  }

  /// Returns the number in a cell, with as many decimals as suit the largest one.
  private func text(_ value: Double, _ range: ShadeRange) -> String {
    if value == 0 || !value.isFinite { return value == 0 ? "0" : "" }
    let exponent = Math.decimalExponent(max(abs(range.low), abs(range.high)))
    guard (-2...5).contains(exponent) else { return NumberText.significant(value, digits: 2) }
    let decimals = exponent < 0 ? 1 - exponent : max(0, 2 - exponent)
    return NumberText.fixed(value, decimals: range.isWhole ? 0 : decimals)
  }

  private var range: ShadeRange {
    var extent = Extent(scale: .linear)
    for value in values.joined() { extent.include(value) }
    if extent.isEmpty { return ShadeRange(low: 0, high: 1, isDiverging: false) }
    if extent.low < 0 {
      let high = max(-extent.low, extent.high)
      return ShadeRange(low: 0, high: high, isDiverging: true, isWhole: extent.isWhole)
    }
    return ShadeRange(
      low: extent.low, high: extent.high, isDiverging: false, isWhole: extent.isWhole)
  }

  /// Draws the scale of shades to the right of the cells.
  private func drawScale(
    _ range: ShadeRange, in frame: MatrixFrame, on canvas: inout SVGCanvas
  ) {
    let steps = 32
    let bar = Box(
      left: frame.box.right + 14, top: frame.box.top, width: 10,
      height: max(24, min(frame.box.height, 180)))
    let bottom = range.isDiverging ? -range.high : range.low
    for step in 0..<steps {
      let share = (Double(step) + 0.5) / Double(steps)
      let value = range.isDiverging ? range.high * (1 - 2 * share) : 1 - share
      let opacity = range.isDiverging ? abs(1 - 2 * share) : value
      let size = bar.height / Double(steps)
      let part = Box(
        left: bar.left, top: bar.top + Double(step) * size, width: bar.width, height: size + 0.3)
      canvas.rect(
        part,
        Paint.attributes(fill: range.isDiverging && value < 0 ? .miss : .heat)
          + [("fill-opacity", MatrixCells.opacity(opacity))])
    }
    let size = [("font-size", "10")]
    canvas.text(
      NumberText.significant(range.high, digits: 2), x: bar.right + 4, y: bar.top + 8,
      paint: .muted, size)
    canvas.text(
      NumberText.significant(bottom, digits: 2), x: bar.right + 4, y: bar.bottom, paint: .muted,
      size)
  }
}
