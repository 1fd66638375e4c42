import HebbIO

/// The lines of a log as a table with a column for each name, `metrics.csv`.
package struct MetricsTable {
  /// The contents of the file (RFC 4180): a header and a row for each line; notes are left out.
  package let text: String

  /// The table of these lines.
  package init(_ lines: [JSONObject]) {
    let rows = lines.filter { $0["kind"] != "note" }
    var (columns, known): ([String], Set<String>) = ([], [])
    for row in rows { for key in row.keys where known.insert(key).inserted { columns.append(key) } }
    let cells = [columns] + rows.map { row in columns.map { Self.cell(row[$0]) } }
    text = cells.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func cell(_ value: JSONValue?) -> String {
    guard let value, value != .null else { return "" }
    return value.stringValue ?? value.text()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
