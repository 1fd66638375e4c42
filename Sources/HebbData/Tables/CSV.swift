import HebbIO

/// Tables as text: a line for each row, fields between separators, quotation marks around fields that
/// contain separators, line ends or quotation marks (doubled), as RFC 4180 has it. Plain or gzip.
///
/// A column whose fields are all numbers, or missing, becomes a column of numbers; any other one is
/// of texts. Empty lines are skipped.
public enum CSV {
  /// What stands between two fields.
  public enum Separator: Sendable, Hashable {
    /// `,`, as in `.csv` files.
    case comma
    /// A tab, as in `.tsv` files.
    case tab
    /// `;`, where the comma belongs to numbers.
    case semicolon
    /// Spaces and tabs, as many as there are.
    case whitespace

    fileprivate var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .tab: UInt8(ascii: "\t")
      case .semicolon: UInt8(ascii: ";")
      case .whitespace: UInt8(ascii: " ")
      }
    }

    fileprivate var name: String {
      switch self {
      case .comma: "commas"
      case .tab: "tabs"
      case .semicolon: "semicolons"
      case .whitespace: "spaces"
      }
    }
  }

  /// The fields that stand for a missing value unless the caller says otherwise.
  public static let missingMarks: Set<String> = [
    "", "NA", "N/A", "NaN", "nan", "NULL", "null", "?",
  ]

  /// The largest contents read unless the caller says otherwise, 256 MiB.
  public static let defaultLimit = 1 << 28

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file, plain or gzip.
  ///   - separator: What stands between fields; nil for a tab where the name ends with `.tsv`, else
  ///     the comma.
  ///   - hasHeader: Whether the first row has the names of the columns; without it they are
  ///     `column1`, `column2`, ….
  ///   - missing: The fields that stand for a missing value, without spaces around.
  ///   - limit: The largest number of bytes accepted, after decompression.
  /// - Returns: The table.
  /// - Throws: `DataError` with line and column if a row has more or fewer fields than the first, a
  ///   quotation mark stands alone, a name repeats, the text is not UTF-8, or the file cannot be
  ///   read or is too large.
  public static func read(
    _ path: String, separator: Separator? = nil, hasHeader: Bool = true,
    missing: Set<String> = missingMarks, limit: Int = defaultLimit
  ) throws(DataError) -> Table {
    try read(
      InputFile(path: path), separator: separator, hasHeader: hasHeader, missing: missing,
      limit: limit)
  }

  /// Reads an open file; as for a path.
  ///
  /// - Parameters:
  ///   - file: The file, plain or gzip.
  ///   - separator: As for a path.
  ///   - hasHeader: As for a path.
  ///   - missing: As for a path.
  ///   - limit: As for a path.
  /// - Returns: The table.
  /// - Throws: As for a path.
  public static func read(
    _ file: InputFile, separator: Separator? = nil, hasHeader: Bool = true,
    missing: Set<String> = missingMarks, limit: Int = defaultLimit
  ) throws(DataError) -> Table {
    let bytes = try contents(of: file, limit: limit)
    let isTabbed = file.name.hasSuffix(".tsv") || file.name.hasSuffix(".tsv.gz")
    var parser = Parser(
      bytes, name: file.name, separator: separator ?? (isTabbed ? .tab : .comma))
    try parser.run(hasHeader: hasHeader)
    return try Table(
      name: file.name,
      columns: zip(parser.names, parser.columns).map { name, fields in
        Table.Column(name: name, fields: fields, missing: missing)
      }, firstLine: hasHeader ? 2 : 1)
  }

  private static func contents(of file: InputFile, limit: Int) throws(DataError) -> [UInt8] {
    let isGzip = file.count >= 2 ? try file.bytes(in: 0..<2) == [0x1f, 0x8b] : false
    if isGzip { return try Gzip.decompress(file, limit: limit) }
    guard file.count <= limit else {
      throw DataError(
        file.name,
        "expected at most \(limit) bytes, found \(file.count); split the file or raise the limit")
    }
    return try file.bytes(in: 0..<file.count)
  }
}

extension CSV {
  /// Splits text into columns.
  private struct Parser {
    let bytes: [UInt8]
    let name: String
    let separator: Separator
    var names: [String] = []
    var columns: [[String]] = []

    private var position = 0
    private var line = 1
    private var row: [String] = []

    private static let quote = UInt8(ascii: "\"")
    private static let maximumColumnCount = 100_000

    init(_ bytes: [UInt8], name: String, separator: Separator) {
      self.bytes = bytes
      self.name = name
      self.separator = separator
      // A byte order mark.
      if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    mutating func run(hasHeader: Bool) throws(DataError) {
      var isFirst = true
      while position < bytes.count {
        let start = line
        guard try readRow() else { continue }
        if isFirst {
          columns = Array(repeating: [], count: row.count)
          names =
            hasHeader ? row.map { trimmed($0) } : row.indices.map { "column\($0 + 1)" }
          isFirst = false
          if hasHeader { continue }
        }
        guard row.count == columns.count else {
          throw DataError(
            name,
            "expected \(columns.count) fields between \(separator.name) in line \(start), as in the "
              + "first row, found \(row.count); correct that line or name another separator")
        }
        for place in row.indices { columns[place].append(row[place]) }
      }
      guard !isFirst else {
        throw DataError(
          name, "expected a table with one row or more, found no text; check the file")
      }
    }

    /// The fields of the next line; false if it is empty.
    private mutating func readRow() throws(DataError) -> Bool {
      row.removeAll(keepingCapacity: true)
      if separator == .whitespace { skipSpaces() }
      if endLine() { return false }
      while true {
        guard row.count < Self.maximumColumnCount else {
          throw DataError(
            name,
            "expected at most \(Self.maximumColumnCount) fields in line \(line), found more; name "
              + "another separator")
        }
        row.append(try readField())
        if separator == .whitespace { skipSpaces() }
        if position == bytes.count || endLine() { return true }
        if separator != .whitespace { position += 1 }
      }
    }

    private mutating func skipSpaces() {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 {
        position += 1
      }
    }

    /// Steps over the end of a line, if one is here.
    private mutating func endLine() -> Bool {
      guard position < bytes.count else { return false }
      if bytes[position] == 0x0d {
        position += position + 1 < bytes.count && bytes[position + 1] == 0x0a ? 2 : 1
      } else if bytes[position] == 0x0a {
        position += 1
      } else {
        return false
      }
      line += 1
      return true
    }

    private func isEnd(_ byte: UInt8) -> Bool {
      byte == separator.byte || byte == 0x0a || byte == 0x0d
        || separator == .whitespace && byte == 0x09
    }

    private mutating func readField() throws(DataError) -> String {
      if position < bytes.count, bytes[position] == Self.quote { return try readQuoted() }
      let start = position
      while position < bytes.count, !isEnd(bytes[position]) { position += 1 }
      return try text(bytes[start..<position])
    }

    private mutating func readQuoted() throws(DataError) -> String {
      let start = line
      var contents: [UInt8] = []
      position += 1
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == 0x0a { line += 1 }
        guard byte == Self.quote else {
          contents.append(byte)
          continue
        }
        if position < bytes.count, bytes[position] == Self.quote {
          contents.append(byte)
          position += 1
        } else {
          guard position == bytes.count || isEnd(bytes[position]) else {
            throw DataError(
              name,
              "expected a separator after the quoted field \(place(line)), found more text; double "
                + "the quotation marks inside of it")
          }
          return try text(contents[...])
        }
      }
      throw DataError(
        name,
        "expected a closing quotation mark for the field \(place(start)), found the end of the "
          + "file; the file is incomplete or has a stray quotation mark")
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(DataError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw DataError(
          name,
          "expected UTF-8 in the field \(place(line)), found other bytes; convert the file to UTF-8"
        )
      }
      return text
    }

    /// `in line 3, column 2`.
    private func place(_ line: Int) -> String { "in line \(line), column \(row.count + 1)" }
  }

  /// The text without spaces and tabs around it.
  fileprivate static func trimmed(_ text: String) -> String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last)
    else { return text }
    let rest = text.utf8.drop(while: isSpace)
    let count = rest.reversed().drop(while: isSpace).count
    return String(rest.prefix(count)) ?? text
  }
}

extension Table.Column {
  /// A column of numbers where all fields are numbers or missing, else one of texts.
  fileprivate init(name: String, fields: [String], missing: Set<String>) {
    var numbers: [Double] = []
    numbers.reserveCapacity(fields.count)
    for field in fields {
      let text = trimmed(field)
      if missing.contains(text) {
        numbers.append(.nan)
      } else if let number = Self.number(text) {
        numbers.append(number)
      } else {
        let texts = fields.map { field -> String? in
          let text = trimmed(field)
          return missing.contains(text) ? nil : text
        }
        self.init(name: name, values: .texts(texts))
        return
      }
    }
    self.init(name: name, values: .numbers(numbers))
  }

  /// A decimal number; Swift alone would take hexadecimal ones too.
  private static func number(_ text: String) -> Double? {
    let isPart = { (byte: UInt8) in
      (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte)
    }
    if text.utf8.allSatisfy(isPart) { return Double(text) }
    switch text.lowercased() {
    case "inf", "+inf", "infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
  }
}

private func trimmed(_ text: String) -> String { CSV.trimmed(text) }
