/// Draws a histogram as columns of block characters, eight steps to a line.
struct TerminalBars {
  var title: String
  var xLabel: String
  var edges: [Double]
  var counts: [Int]

  /// Returns lines of at most `width` columns; `color` is a number in the palette, nil for none.
  func text(width: Int, height: Int, color: Int?) -> String {
    let width = TerminalPlot.widths.limit(width)
    let height = TerminalPlot.heights.limit(height)
    var lines = title.isEmpty ? [] : [TerminalPlot.cut(title, width)]
    let rows = max(2, height - lines.count - 2 - (xLabel.isEmpty ? 0 : 1))
    let margin = min(12, String(counts.max() ?? 0).count)
    let columns = width - margin - 2
    let bars = merged(into: columns)
    let largest = bars.max() ?? 0
    let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let size = max(1, columns / max(1, bars.count))
    for row in (0..<rows).reversed() {
      let label = row == rows - 1 ? String(largest) : row == 0 ? "0" : ""
      var line = ""
      for bar in bars {
        let share = Double(bar) / Double(max(1, largest))
        let eighths = Int((share * Double(rows * 8)).rounded()) - row * 8
        // A count that is not zero is seen.
        let level = row == 0 && bar > 0 ? max(1, eighths) : eighths
        let block = blocks[(0...8).limit(level)]
        line += String(repeating: block, count: size > 2 ? size - 1 : size)
        if size > 2 { line += " " }
      }
      if let color { line = ANSI.start(color) + TerminalPlot.trimmed(line) + ANSI.end }
      let start = TextMetrics.padded(label, to: margin, trailing: true)
      lines.append("\(start) \(label.isEmpty ? "│" : "┤")\(line)")
    }
    let used = max(1, size * bars.count)
    let indent = String(repeating: " ", count: margin + 1)
    lines.append(indent + "└" + String(repeating: "─", count: used))
    let first = edges.first.map { NumberText.significant($0) } ?? "no data"
    let last = edges.last.map { NumberText.significant($0) } ?? ""
    let space = max(1, used + 1 - first.count - last.count)
    lines.append(indent + first + String(repeating: " ", count: space) + last)
    if !xLabel.isEmpty { lines.append(indent + TerminalPlot.cut(xLabel, columns)) }
    return lines.map { TerminalPlot.trimmed($0) + "\n" }.joined()
  }

  /// Returns the counts with neighbors added up until at most `limit` remain.
  private func merged(into limit: Int) -> [Int] {
    let group = max(1, (counts.count + limit - 1) / limit)
    return stride(from: 0, to: counts.count, by: group).map { start in
      counts[start..<min(start + group, counts.count)].reduce(0, +)
    }
  }
}
