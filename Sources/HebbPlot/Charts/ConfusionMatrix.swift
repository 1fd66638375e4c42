/// How often examples of each class were taken for each class: one row per true class, one column
/// per predicted class.
///
/// The shade of a cell is its share of its row. Correct predictions, on the diagonal, are blue and
/// shaded in proportion; mistakes are vermilion and shaded by the square root of the share, so that
/// one in a hundred is still visible. The column on the right is the recall of each class, the row
/// below the precision.
public struct ConfusionMatrix: Chart, Hashable {
  /// A pair of classes that was mixed up.
  public struct Confusion: Sendable, Hashable {
    /// The index of the true class.
    public var truth: Int
    /// The index of the class that was predicted instead.
    public var prediction: Int
    /// The number of examples.
    public var count: Int
    /// The share of the examples of the true class, 0...1.
    public var share: Double
  }

  /// The title, above the chart.
  public var title: String
  /// The names of the classes.
  public let labels: [String]
  /// The numbers of examples, `counts[truth][prediction]`.
  public let counts: [[Int]]
  /// Whether recall and precision stand beside the cells.
  public var showsMargins = true

  /// Creates a confusion matrix.
  ///
  /// - Parameters:
  ///   - title: The title, above the chart.
  ///   - labels: The names of the classes.
  ///   - counts: The numbers of examples, `counts[truth][prediction]`, as many rows and columns as
  ///     labels. Negative numbers count as zero.
  public init(title: String = "", labels: [String], counts: [[Int]]) {
    precondition(
      counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
      "ConfusionMatrix: counts are \(counts.count) x \(counts.first?.count ?? 0), "
        + "labels are \(labels.count)")
    self.title = title
    self.labels = labels
    self.counts = counts.map { $0.map { max(0, $0) } }
  }

  /// The share of examples on the diagonal; nil without examples.
  public var accuracy: Double? {
    let correct = labels.indices.reduce(0.0) { $0 + Double(counts[$1][$1]) }
    let total = rowSums.reduce(0, +)
    return total > 0 ? correct / total : nil
  }

  /// The share of each class that was recognized; nil for a class without examples.
  public var recall: [Double?] {
    zip(labels.indices, rowSums).map { $1 > 0 ? Double(counts[$0][$0]) / $1 : nil }
  }

  /// The share of correct ones among the predictions of each class; nil for a class that was never
  /// predicted.
  public var precision: [Double?] {
    labels.indices.map { column in
      let sum = counts.reduce(0.0) { $0 + Double($1[column]) }
      return sum > 0 ? Double(counts[column][column]) / sum : nil
    }
  }

  /// Returns the most frequent mistakes, the largest count first.
  ///
  /// - Parameter limit: The largest number of pairs.
  /// - Returns: Pairs of different classes, at most `limit`.
  public func mostConfused(limit: Int = 10) -> [Confusion] {
    var result: [Confusion] = []
    let sums = rowSums
    for row in labels.indices {
      for column in labels.indices where row != column && counts[row][column] > 0 {
        let count = counts[row][column]
        result.append(
          Confusion(
            truth: row, prediction: column, count: count, share: Double(count) / sums[row]))
      }
    }
    result.sort { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
    return Array(result.prefix(max(0, limit)))
  }

  /// Returns the chart as an SVG document.
  public func svg(width: Int, height: Int, style: SVGStyle) -> String {
    var canvas = SVGCanvas(width: width, height: height)
    let frame = MatrixFrame(content(width: canvas.width), on: &canvas)
    let sums = rowSums
    let widest = String(counts.joined().max() ?? 0)
    let cells = MatrixCells(rows: labels.count, columns: labels.count)
    func share(_ row: Int, _ column: Int) -> Double {
      sums[row] > 0 ? Double(counts[row][column]) / sums[row] : 0
    }
    cells.draw(in: frame, on: &canvas, fontSize: frame.fontSize(for: widest)) { row, column in
      let (count, share) = (counts[row][column], share(row, column))
      return MatrixCells.Cell(
        paint: row == column ? .heat : .miss,
        opacity: row == column ? share : share.squareRoot(), text: count > 0 ? "\(count)" : "")
    } tip: { row, column in
      let pair = "true \(labels[row]), predicted \(labels[column])"
      return "\(pair): \(counts[row][column]) (\(NumberText.percent(share(row, column))))"
    }
    if labels.isEmpty {
      canvas.text("no data", x: frame.box.middleX, y: frame.box.middleY, anchor: .middle)
    } else if drawsMargins {
      drawMargins(in: frame, on: &canvas)
    }
    return canvas.document(label: title.isEmpty ? "Confusion matrix" : title, style: style)
  }

  /// Returns the matrix as a table where it fits, and as a list of the most frequent mistakes where
  /// it does not.
  public func terminal(width: Int, height: Int, color: Bool) -> String {
    TerminalTable.confusion(self, width: width, height: height)
  }

  /// Returns a height at which the cells have a good shape.
  public func preferredHeight(forWidth width: Int) -> Int {
    let width = SVGCanvas.side(width)
    return MatrixFrame.preferredHeight(content(width: width), width: Double(width))
  }

  private var rowSums: [Double] {
    counts.map { $0.reduce(0.0) { $0 + Double($1) } }
  }

  /// More classes leave no room for a number beside each row.
  private var drawsMargins: Bool { showsMargins && labels.count <= 40 }

  /// The width of the column of recalls, which has no decimals where room is short.
  private static func marginWidth(_ width: Int) -> Double { width < 480 ? 34 : 46 }

  private func content(width: Int) -> MatrixFrame.Content {
    MatrixFrame.Content(
      title: title, rowTitle: "truth", columnTitle: "prediction", rowLabels: labels,
      columnLabels: labels, rightMargin: drawsMargins ? Self.marginWidth(width) : 0,
      bottomMargin: drawsMargins ? 24 : 0)
  }

  private func drawMargins(in frame: MatrixFrame, on canvas: inout SVGCanvas) {
    let box = frame.box
    let right = box.right + Self.marginWidth(canvas.width) - 2
    let size = min(11, frame.fontSize(for: "100") ?? 0)
    canvas.beginGroup(
      Paint.attributes(fill: .muted)
        + [("font-size", "11"), ("style", "font-variant-numeric:tabular-nums")])
    canvas.text("recall", x: right, y: box.top - 8, anchor: .end, paint: nil)
    for (row, share) in recall.enumerated() where frame.cellHeight >= 9 {
      let y = box.top + (Double(row) + 0.5) * frame.cellHeight + 4
      let text = share.map { NumberText.percent($0, decimals: canvas.width < 480 ? 0 : 1) } ?? "–"
      canvas.text(text, x: right, y: y, anchor: .end, paint: nil)
    }
    canvas.text("precision", x: box.left - 8, y: box.bottom + 16, anchor: .end, paint: nil)
    let decimals = frame.cellWidth >= 44 ? 1 : 0
    for (column, share) in precision.enumerated() where size >= 7 {
      let x = box.left + (Double(column) + 0.5) * frame.cellWidth
      let text = share.map { NumberText.fixed($0 * 100, decimals: decimals) } ?? "–"
      canvas.text(
        frame.cellWidth >= 44 && share != nil ? text + "\u{202F}%" : text, x: x,
        y: box.bottom + 16, anchor: .middle, paint: nil,
        [("font-size", NumberText.coordinate(size))])
    }
    canvas.endGroup()
  }
}
