import HebbCore
import HebbIO

/// A table of named columns of numbers or texts, any of which may be missing.
///
/// Numbers become a tensor with `tensor()`; texts become numbers only on demand, by `oneHot` or
/// `labels`. A typical way of a table into a model:
///
/// ```swift
/// let table = try CSV.read("train.csv").dropping(["Id"])
/// let scale = try table.standardization()
/// let features = try table.standardized(by: scale).fillingMissing(with: .value(0)).oneHot()
/// let inputs = try features.tensor()  // float32 [rows, columns]
/// ```
public struct Table: Sendable {
  /// A column.
  public struct Column: Sendable {
    /// What the rows have in it.
    public enum Values: Sendable {
      /// Numbers; NaN where missing.
      case numbers([Double])
      /// Texts; nil where missing.
      case texts([String?])
    }

    /// Its name.
    public let name: String
    /// A value for each row.
    public let values: Values

    /// A column of these values.
    public init(name: String, values: Values) {
      self.name = name
      self.values = values
    }

    /// The number of rows.
    public var count: Int {
      switch values {
      case .numbers(let numbers): numbers.count
      case .texts(let texts): texts.count
      }
    }

    /// Whether it holds numbers.
    public var isNumeric: Bool { if case .numbers = values { true } else { false } }

    /// The number of missing values.
    public var missingCount: Int {
      switch values {
      case .numbers(let numbers): numbers.count(where: \.isNaN)
      case .texts(let texts): texts.count { $0 == nil }
      }
    }
  }

  /// Where the table came from; errors begin with it.
  public let name: String
  /// The columns in order.
  public let columns: [Column]
  /// The number of rows.
  public let rowCount: Int
  /// The line in which the first row stood.
  let firstLine: Int
  private let index: [String: Int]

  /// A table of these columns.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - columns: The columns, equally long, of different names.
  /// - Throws: `DataError` if a name repeats, or columns have different lengths.
  public init(name: String = "table", columns: [Column]) throws(DataError) {
    try self.init(name: name, columns: columns, firstLine: 1)
  }

  init(name: String, columns: [Column], firstLine: Int) throws(DataError) {
    var index: [String: Int] = [:]
    let rowCount = columns.first?.count ?? 0
    for (place, column) in columns.enumerated() {
      guard index.updateValue(place, forKey: column.name) == nil else {
        throw DataError(
          name,
          "expected each column once, found \(shown(column.name)) again; rename one of them, or read "
            + "the file without header")
      }
      guard column.count == rowCount else {
        throw DataError(
          name,
          "expected \(rowCount) rows in the column \(shown(column.name)), found \(column.count); "
            + "make all columns equally long")
      }
    }
    self.name = name
    self.columns = columns
    self.rowCount = rowCount
    self.firstLine = firstLine
    self.index = index
  }

  /// The names of the columns in order.
  public var columnNames: [String] { columns.map(\.name) }

  /// The column of a name.
  ///
  /// - Throws: `DataError` with the names there are.
  public func column(_ name: String) throws(DataError) -> Column {
    guard let place = index[name] else {
      let known = columnNames.prefix(12).map(shown).joined(separator: ", ")
      throw DataError(
        self.name,
        "expected a column \(shown(name)), found \(known)\(columns.count > 12 ? ", …" : ""); check "
          + "the name")
    }
    return columns[place]
  }

  // MARK: - Parts

  /// The table of these columns alone, in this order.
  ///
  /// - Throws: `DataError` if there is no column of a name.
  public func selecting(_ names: [String]) throws(DataError) -> Table {
    var chosen: [Column] = []
    for name in names { chosen.append(try column(name)) }
    return try Table(name: name, columns: chosen, firstLine: firstLine)
  }

  /// The table without these columns.
  ///
  /// - Throws: `DataError` if there is no column of a name.
  public func dropping(_ names: [String]) throws(DataError) -> Table {
    for name in names { _ = try column(name) }
    let unwanted = Set(names)
    return try replacingColumns { unwanted.contains($0.name) ? [] : [$0] }
  }

  /// The table of these rows, in this order.
  public func rows(_ rows: some Collection<Int>) -> Table {
    for row in rows {
      precondition(row >= 0 && row < rowCount, "Table: row \(row) of a table of \(rowCount) rows")
    }
    let chosen = columns.map { column -> Column in
      switch column.values {
      case .numbers(let numbers):
        Column(name: column.name, values: .numbers(rows.map { numbers[$0] }))
      case .texts(let texts):
        Column(name: column.name, values: .texts(rows.map { texts[$0] }))
      }
    }
    return Table(chosen, like: self, rowCount: rows.count)
  }

  /// The rows of this table and those of another one below, so that both are coded alike.
  ///
  /// - Throws: `DataError` if the columns do not have the same names in the same order, or numbers
  ///   meet texts.
  public func appending(_ other: Table) throws(DataError) -> Table {
    guard columnNames == other.columnNames else {
      throw DataError(
        other.name,
        "expected the columns of \(name), found others; select the columns that both have")
    }
    var joined: [Column] = []
    for (first, second) in zip(columns, other.columns) {
      let values: Column.Values
      switch (first.values, second.values) {
      case (.numbers(let a), .numbers(let b)): values = .numbers(a + b)
      case (.texts(let a), .texts(let b)): values = .texts(a + b)
      // A column without any value looks like one of numbers.
      case (.texts(let a), .numbers(let b)) where b.allSatisfy(\.isNaN):
        values = .texts(a + b.map { _ in nil })
      case (.numbers(let a), .texts(let b)) where a.allSatisfy(\.isNaN):
        values = .texts(a.map { _ in nil } + b)
      default:
        throw DataError(
          other.name,
          "expected \(first.isNumeric ? "numbers" : "texts") in the column \(shown(first.name)), as "
            + "in \(name), found \(first.isNumeric ? "texts" : "numbers"); correct one of the files"
        )
      }
      joined.append(Column(name: first.name, values: values))
    }
    return try Table(name: name, columns: joined, firstLine: firstLine)
  }

  /// The table with each column replaced by others of the same length.
  func replacingColumns(
    _ replace: (Column) throws(DataError) -> [Column]
  ) throws(DataError) -> Table {
    var replaced: [Column] = []
    for column in columns { replaced += try replace(column) }
    return try Table(name: name, columns: replaced, firstLine: firstLine)
  }

  private init(_ columns: [Column], like table: Table, rowCount: Int) {
    name = table.name
    self.columns = columns
    self.rowCount = rowCount
    firstLine = table.firstLine
    index = table.index
  }

  // MARK: - Tensors

  /// The numbers of all columns, `[rows, columns]`.
  ///
  /// - Parameter dtype: `float32` or `float64`.
  /// - Returns: The rows as they stand.
  /// - Throws: `DataError` with row and column of the first text or missing value.
  public func tensor(dtype: DType = .float32) throws(DataError) -> Tensor {
    var all: [[Double]] = []
    for column in columns {
      guard case .numbers(let numbers) = column.values else {
        throw DataError(
          name,
          "expected numbers in the column \(shown(column.name)), found texts such as "
            + "\(shown(firstText(of: column))); code them with oneHot or labels, or drop the column"
        )
      }
      if let row = numbers.firstIndex(where: \.isNaN) {
        throw DataError(
          name,
          "expected a number in row \(row + 1), column \(shown(column.name)), found a missing value; "
            + "fill it with fillingMissing, or drop the column")
      }
      all.append(numbers)
    }
    let shape: Shape = [rowCount, columns.count]
    var values: [Double] = []
    values.reserveCapacity(rowCount * columns.count)
    for row in 0..<rowCount { for numbers in all { values.append(numbers[row]) } }
    return dtype == .float64
      ? Tensor(values, shape: shape)
      : Tensor(values.map { Float($0) }, shape: shape).cast(to: dtype)
  }

  /// The numbers of one column, `[rows]`.
  ///
  /// - Throws: `DataError` if there is no such column, or as `tensor()`.
  public func tensor(of name: String, dtype: DType = .float32) throws(DataError) -> Tensor {
    try selecting([name]).tensor(dtype: dtype).reshaped(to: [rowCount])
  }

  private func firstText(of column: Column) -> String {
    guard case .texts(let texts) = column.values else { return "" }
    return texts.lazy.compactMap { $0 }.first ?? ""
  }
}

/// A name in quotation marks, cut off where it is long.
func shown(_ text: String) -> String {
  let line = text.unicodeScalars.prefix(60).map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned:
      scalar.escaped(asASCII: true)
    default: String(scalar)
    }
  }
  return "\"\(line.joined())\(text.unicodeScalars.count > 60 ? "…" : "")\""
}
