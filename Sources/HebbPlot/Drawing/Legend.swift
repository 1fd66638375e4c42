/// The key above a chart that says which color stands for which series.
struct Legend {
  /// How the sample before a name looks.
  enum Sample {
    case line(Series.Line)
    case marker(Marker)
  }

  /// A sample and its name.
  struct Entry {
    var name: String
    var color: Color
    var sample: Sample
    var isFaint = false
  }

  private let rows: [[(entry: Entry, name: String, x: Double)]]
  private var note: (x: Double, text: String)?
  private static let size = 12.0
  private static let rowHeight = 18.0

  /// The height that the key takes.
  var height: Double { Double(rows.count) * Self.rowHeight }

  /// Breaks the entries into at most `maxRows` rows of at most `width` pixels; names that are too
  /// long are cut, and entries beyond the last row are counted instead of named.
  init(_ entries: [Entry], width: Double, maxRows: Int = 4) {
    var rows: [[(Entry, String, Double)]] = []
    var row: [(Entry, String, Double)] = []
    var (x, rest) = (0.0, 0)
    for (index, entry) in entries.enumerated() {
      let name = TextMetrics.truncated(entry.name, to: width - 28, size: Self.size)
      let advance = 28 + TextMetrics.width(name, size: Self.size) + 16
      if !row.isEmpty && x + advance - 16 > width {
        rows.append(row)
        (row, x) = ([], 0)
        if rows.count == maxRows {
          rest = entries.count - index
          break
        }
      }
      row.append((entry, name, x))
      x += advance
    }
    if !row.isEmpty { rows.append(row) }
    // The count of the entries without room takes the room of the last ones, if need be.
    while rest > 0, let last = rows[maxRows - 1].last {
      let end = last.2 + 28 + TextMetrics.width(last.1, size: Self.size) + 16
      if end + 64 <= width || rows[maxRows - 1].count == 1 {
        note = (x: end, text: "+ \(rest) more")
        break
      }
      rows[maxRows - 1].removeLast()
      rest += 1
    }
    self.rows = rows
  }

  /// Draws the key with its upper left corner at `left`, `top`.
  func draw(on canvas: inout SVGCanvas, left: Double, top: Double) {
    for (index, row) in rows.enumerated() {
      let y = top + (Double(index) + 0.5) * Self.rowHeight
      for (entry, name, x) in row {
        draw(entry, on: &canvas, x: left + x, y: y)
        canvas.text(name, x: left + x + 28, y: y + 4)
      }
      if let note, index == rows.count - 1 {
        canvas.text(note.text, x: left + note.x, y: y + 4, paint: .muted)
      }
    }
  }

  private func draw(_ entry: Entry, on canvas: inout SVGCanvas, x: Double, y: Double) {
    switch entry.sample {
    case .line(let line):
      canvas.beginGroup(
        Paint.attributes(fill: nil, stroke: .color(entry.color))
          + [("stroke-width", "2.5"), ("stroke-linecap", "round")] + line.dashes
          + (entry.isFaint ? [("stroke-opacity", "0.35")] : []))
      canvas.line(x + 1, y, x + 21, y)
      canvas.endGroup()
    case .marker(let marker):
      canvas.element(
        "path",
        [("d", marker.path(x: x + 13, y: y, radius: 4.5))]
          + Paint.attributes(fill: .color(entry.color)))
    }
  }
}

extension Series.Line {
  /// The attributes that draw the dashes.
  var dashes: [(String, String)] {
    switch self {
    case .solid: []
    case .dashed: [("stroke-dasharray", "7 5")]
    case .dotted: [("stroke-dasharray", "1 5")]
    }
  }
}

/// The shapes of points, so that series differ by more than their color.
enum Marker: CaseIterable {
  case circle, square, triangle, diamond

  /// Returns the marker of the series number `index`.
  static func at(_ index: Int) -> Marker {
    allCases[index % allCases.count]
  }

  /// Returns the outline around a center.
  func path(x: Double, y: Double, radius r: Double) -> String {
    func at(_ dx: Double, _ dy: Double) -> String {
      NumberText.coordinate(x + dx) + " " + NumberText.coordinate(y + dy)
    }
    let size = NumberText.coordinate(r)
    switch self {
    case .circle:
      return "M\(at(-r, 0))A\(size) \(size) 0 1 1 \(at(r, 0))A\(size) \(size) 0 1 1 \(at(-r, 0))Z"
    case .square:
      let s = r * 0.88
      return "M\(at(-s, -s))L\(at(s, -s))L\(at(s, s))L\(at(-s, s))Z"
    case .triangle:
      return "M\(at(0, -r * 1.15))L\(at(r * 1.1, r * 0.8))L\(at(-r * 1.1, r * 0.8))Z"
    case .diamond:
      let d = r * 1.2
      return "M\(at(0, -d))L\(at(d, 0))L\(at(0, d))L\(at(-d, 0))Z"
    }
  }
}
