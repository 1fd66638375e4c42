/// Draws charts with two axes as text.
struct TerminalPlot {
  /// A series with what is needed to draw it.
  struct Layer {
    var name: String
    var points: [Series.Point]
    var isJoined: Bool
    var color: Int
  }

  var title: String
  var xLabel: String
  var yLabel: String
  var x: Axis.Request
  var y: Axis.Request
  var layers: [Layer]

  /// The sizes that can be drawn; others are brought into these ranges.
  static let widths = 24...500
  static let heights = 6...200

  /// Returns lines of at most `width` columns, `height` of them if that is enough for the frame.
  func text(width: Int, height: Int, color: Bool) -> String {
    let width = Self.widths.limit(width)
    let height = Self.heights.limit(height)
    var lines = header(width: width, color: color)
    // Two lines for the axis, one for the label below; the dots get at least three.
    let footer = 2 + (xLabel.isEmpty ? 0 : 1)
    let room = max(0, height - footer - 3)
    if lines.count > room { lines.removeLast(lines.count - room) }
    let rows = max(3, height - lines.count - footer)
    let yAxis = Axis(y, atMost: max(2, min(7, rows / 2)))
    let margin = min(yAxis.ticks.map { TextMetrics.columns($0.label) }.max() ?? 0, width / 3)
    let columns = max(8, width - margin - 2)
    let xAxis = Self.xAxis(x, columns: columns)
    let dots = draw(xAxis, yAxis, columns: columns, rows: rows, color: color)
    var labels = [Int: String]()
    for tick in yAxis.ticks {
      guard let position = yAxis.position(tick.value) else { continue }
      labels[Int(((1 - position) * Double(rows * 4 - 1)).rounded()) / 4] = tick.label
    }
    for row in 0..<rows {
      let label = TextMetrics.padded(labels[row] ?? "", to: margin, trailing: true)
      lines.append("\(label) \(labels[row] == nil ? "│" : "┤")\(dots.row(row, color: color))")
    }
    lines += Self.axisLines(xAxis, columns: columns, margin: margin)
    if !xLabel.isEmpty {
      let label = Self.cut(xLabel, columns)
      let indent = margin + 2 + max(0, (columns - TextMetrics.columns(label)) / 2)
      lines.append(String(repeating: " ", count: indent) + label)
    }
    return lines.map { Self.trimmed($0) + "\n" }.joined()
  }

  private func header(width: Int, color: Bool) -> [String] {
    var lines: [String] = []
    if !title.isEmpty { lines.append(Self.cut(title, width)) }
    var line = ""
    var used = 0
    for (index, layer) in layers.enumerated() where !layer.name.isEmpty {
      let name = Self.cut(layer.name, width - 6)
      let sample = layer.isJoined ? ["⠤⠤⠤", "⠤ ⠤", "⠄⠠⠄"][color ? 0 : index % 3] : "⠶"
      let size = TextMetrics.columns(name) + TextMetrics.columns(sample) + 1
      if used > 0 && used + 3 + size > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      line += used > 0 ? "   " : ""
      line += (color ? ANSI.start(layer.color) + sample + ANSI.end : sample) + " " + name
      used += size + (used > 0 ? 3 : 0)
    }
    if used > 0 { lines.append(line) }
    if !yLabel.isEmpty { lines.append(Self.cut(yLabel, width)) }
    return lines
  }

  private func draw(
    _ xAxis: Axis, _ yAxis: Axis, columns: Int, rows: Int, color: Bool
  ) -> BrailleCanvas {
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    let box = Box(
      left: 0, top: 0, width: Double(canvas.width - 1), height: Double(canvas.height - 1))
    for (index, layer) in layers.enumerated() {
      var pattern = DotPattern(color || !layer.isJoined ? 0 : index)
      var previous: (Double, Double)?
      for point in layer.points {
        guard let x = xAxis.position(point.x), let y = yAxis.position(point.y) else {
          previous = nil
          continue
        }
        let next = (x * box.width, (1 - y) * box.height)
        let from = layer.isJoined ? previous ?? next : next
        if let (a, b) = Polyline.clip(from, next, to: box) {
          canvas.line(from: Self.dot(a), to: Self.dot(b), color: layer.color, pattern: &pattern)
        }
        previous = next
      }
    }
    return canvas
  }

  private static func dot(_ point: (Double, Double)) -> (x: Int, y: Int) {
    (Int(point.0.rounded()), Int(point.1.rounded()))
  }

  private static func xAxis(_ request: Axis.Request, columns: Int) -> Axis {
    var count = max(2, min(13, columns / 4))
    while true {
      let axis = Axis(request, atMost: count)
      let widest = axis.ticks.map { TextMetrics.columns($0.label) }.max() ?? 0
      if count <= 2 || (widest + 2) * axis.ticks.count <= columns { return axis }
      count -= 1
    }
  }

  private static func axisLines(_ axis: Axis, columns: Int, margin: Int) -> [String] {
    var line = [Character](repeating: "─", count: columns)
    var labels = [Character](repeating: " ", count: columns + margin + 2)
    var end = 0  // where the next label may begin
    for tick in axis.ticks {
      guard let position = axis.position(tick.value) else { continue }
      let column = Int((position * Double(columns * 2 - 1)).rounded()) / 2
      guard line.indices.contains(column) else { continue }
      line[column] = "┬"
      let label = Array(tick.label)
      let start = min(margin + 2 + column - (label.count - 1) / 2, labels.count - label.count)
      guard start >= end else { continue }
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      end = start + label.count + 1
    }
    let indent = String(repeating: " ", count: margin + 1)
    return [indent + "└" + String(line), String(labels)]
  }

  /// Returns `text` on one line of at most `width` columns.
  static func cut(_ text: String, _ width: Int) -> String {
    let text = Escaping.terminal(text)
    return TextMetrics.columns(text) > width ? TextMetrics.padded(text, to: width) : text
  }

  /// Returns `line` without spaces at its end.
  static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}

extension ClosedRange<Int> {
  /// Returns the number in the range nearest to `value`.
  func limit(_ value: Int) -> Int {
    Swift.min(Swift.max(value, lowerBound), upperBound)
  }
}
