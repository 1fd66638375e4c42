import Hebb

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the commands print.
enum Console {
  /// Prints one JSON object on a line: the last line, for scripts.
  static func print(_ object: JSONObject) { Swift.print(JSONValue.object(object).text()) }

  /// Prints columns, as wide as their widest cell, two spaces apart.
  static func printTable(_ rows: [[String]]) {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    for row in rows {
      var line = ""
      for (column, cell) in row.enumerated() {
        let isLast = column == row.count - 1
        let gap = isLast ? 0 : widths[column] - cell.count + 2
        line += cell + String(repeating: " ", count: gap)
      }
      Swift.print(line)
    }
  }

  /// Prints a sentence on standard error.
  static func warn(_ sentence: String) {
    fflush(nil)
    var bytes = Array("hebb: \(safe(sentence))\n".utf8)
    _ = bytes.withUnsafeMutableBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// A name from a file with its control characters escaped.
  static func safe(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        result += scalar.escaped(asASCII: true)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Ends the process with a sentence on standard error.
  static func fail(_ sentence: String, status: Int32 = 1) -> Never {
    // What was printed before must not come after it.
    fflush(nil)
    var bytes = Array("hebb: \(sentence)\n".utf8)
    _ = bytes.withUnsafeMutableBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(status)
  }
}
