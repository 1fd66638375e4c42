/// Writes tables as text.
enum TerminalTable {
  /// Returns a confusion matrix as a table, or as a list of mistakes where the table does not fit.
  static func confusion(_ matrix: ConfusionMatrix, width: Int, height: Int) -> String {
    let width = TerminalPlot.widths.limit(width)
    let height = TerminalPlot.heights.limit(height)
    var lines = matrix.title.isEmpty ? [] : [TerminalPlot.cut(matrix.title, width)]
    let labels = matrix.labels.map(Escaping.terminal)
    guard !labels.isEmpty else { return (lines + ["no data", ""]).joined(separator: "\n") }
    let digits = String(matrix.counts.joined().max() ?? 0).count
    let margin = min(width / 4, max(9, labels.map(TextMetrics.columns).max() ?? 0))
    let cell = min(12, (width - margin - 8) / labels.count)
    if cell > max(3, digits) && height >= labels.count + 2 + lines.count {
      let head = labels.map { TextMetrics.padded($0, to: cell - 1, trailing: true) }
      let corner = TextMetrics.padded("", to: margin)
      lines.append(corner + " " + head.joined(separator: " ") + "  recall")
      let recall = matrix.recall
      for (row, label) in labels.enumerated() {
        let numbers = matrix.counts[row].map {
          TextMetrics.padded($0 == 0 ? "·" : "\($0)", to: cell - 1, trailing: true)
        }
        let share = recall[row].map { NumberText.percent($0) } ?? "–"
        lines.append(
          TextMetrics.padded(label, to: margin, trailing: true) + " "
            + numbers.joined(separator: " ") + TextMetrics.padded(share, to: 8, trailing: true))
      }
      let precision = matrix.precision.map {
        let text = $0.map { NumberText.fixed($0 * 100, decimals: cell > 6 ? 1 : 0) } ?? "–"
        return TextMetrics.padded(text, to: cell - 1, trailing: true)
      }
      if height > lines.count {
        lines.append(
          TextMetrics.padded("precision", to: margin, trailing: true) + " "
            + precision.joined(separator: " "))
      }
      return lines.map { TerminalPlot.trimmed($0) + "\n" }.joined()
    }
    if let accuracy = matrix.accuracy { lines.append("accuracy \(NumberText.percent(accuracy))") }
    for pair in matrix.mostConfused(limit: max(1, height - lines.count)) {
      let names = "\(labels[pair.truth]) → \(labels[pair.prediction])"
      let line = "\(pair.count) (\(NumberText.percent(pair.share)))  \(names)"
      lines.append(TerminalPlot.cut(line, width))
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
