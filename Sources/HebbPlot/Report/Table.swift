extension HTMLReport {
  /// Rows and columns of text.
  public struct Table: Sendable, Hashable {
    /// The side on which the texts of a column stand.
    public enum Alignment: Sendable, Hashable {
      /// On the right for columns of numbers, else on the left.
      case automatic
      /// On the left.
      case leading
      /// On the right.
      case trailing
    }

    /// A column.
    public struct Column: Sendable, Hashable {
      /// The text in the first line.
      public var title: String
      /// The side on which the texts stand.
      public var alignment: Alignment

      /// Creates a column.
      ///
      /// - Parameters:
      ///   - title: The text in the first line.
      ///   - alignment: The side on which the texts stand.
      public init(_ title: String, alignment: Alignment = .automatic) {
        self.title = title
        self.alignment = alignment
      }
    }

    /// The text below the table; none if empty.
    public var caption: String
    /// The columns.
    public var columns: [Column]
    /// The cells, row by row. Missing cells at the end of a row are empty; cells beyond the last
    /// column get a column without title.
    public var rows: [[String]]

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - columns: The columns.
    ///   - rows: The cells, row by row.
    ///   - caption: The text below the table.
    public init(columns: [Column], rows: [[String]], caption: String = "") {
      self.columns = columns
      self.rows = rows
      self.caption = caption
    }

    /// Creates a table whose columns choose their side by their content.
    ///
    /// - Parameters:
    ///   - titles: The texts in the first line.
    ///   - rows: The cells, row by row.
    ///   - caption: The text below the table.
    public init(_ titles: [String], rows: [[String]], caption: String = "") {
      self.init(columns: titles.map { Column($0) }, rows: rows, caption: caption)
    }

    /// The columns, with those that only the rows know.
    var allColumns: [Column] {
      let count = rows.map(\.count).max() ?? 0
      return columns + (columns.count..<max(columns.count, count)).map { _ in Column("") }
    }

    /// Whether the texts of a column stand on the right.
    func isTrailing(_ index: Int) -> Bool {
      let alignment = index < columns.count ? columns[index].alignment : .automatic
      guard alignment == .automatic else { return alignment == .trailing }
      let cells = rows.lazy.compactMap { $0.indices.contains(index) ? $0[index] : nil }
        .filter { !$0.isEmpty }
      return !cells.isEmpty && cells.allSatisfy(Self.isNumber)
    }

    /// Whether a text looks like a number, possibly with a unit: it begins with a digit or a sign
    /// before one, and holds few letters; or it is a dash, which stands for a missing number.
    private static func isNumber(_ text: String) -> Bool {
      let body = text.drop { "+-−~≈< ".contains($0) }
      guard let first = body.first else { return true }
      if text == "–" || text == "NaN" || text == "∞" || text == "−∞" { return true }
      return (first.isNumber || first == ".") && body.filter(\.isLetter).count <= 4
    }
  }
}
