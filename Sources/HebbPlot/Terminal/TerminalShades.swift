/// Draws a table of shades as block characters, two to a cell.
struct TerminalShades {
  var title: String
  var rowLabels: [String]
  var shades: [[Double]]

  /// Returns lines of at most `width` columns; tables that are too large are thinned.
  func text(width: Int, height: Int) -> String {
    let width = TerminalPlot.widths.limit(width)
    let height = TerminalPlot.heights.limit(height)
    var lines = title.isEmpty ? [] : [TerminalPlot.cut(title, width)]
    let labels = rowLabels.map(Escaping.terminal)
    let margin = min(width / 3, labels.map(TextMetrics.columns).max() ?? 0)
    let columns = shades.first?.count ?? 0
    let room = max(1, (width - margin - 1) / 2)
    let (byColumn, byRow) = (
      max(1, (columns + room - 1) / room),
      max(1, (shades.count + height - lines.count - 1) / max(1, height - lines.count))
    )
    let blocks: [Character] = ["·", "░", "▒", "▓", "█"]
    for row in stride(from: 0, to: shades.count, by: byRow) {
      var line = margin > 0 ? TextMetrics.padded(labels[row], to: margin, trailing: true) + " " : ""
      for column in stride(from: 0, to: columns, by: byColumn) {
        var shade = 0.0
        for y in row..<min(row + byRow, shades.count) {
          for x in column..<min(column + byColumn, columns) { shade = max(shade, shades[y][x]) }
        }
        let block = blocks[(0...4).limit(Int((shade * 4).rounded()))]
        line += String(repeating: block, count: 2)
      }
      lines.append(line)
    }
    if shades.isEmpty || columns == 0 { lines.append("no data") }
    return lines.map { TerminalPlot.trimmed($0) + "\n" }.joined()
  }
}
