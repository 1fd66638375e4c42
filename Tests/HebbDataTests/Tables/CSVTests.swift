import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct CSVTests {
  private func read(
    _ text: String, separator: CSV.Separator? = nil, hasHeader: Bool = true
  ) throws -> Table {
    try CSV.read(
      InputFile(bytes: Array(text.utf8), name: "f"), separator: separator, hasHeader: hasHeader)
  }

  private func numbers(_ table: Table, _ name: String) throws -> [Double]? {
    if case .numbers(let numbers) = try table.column(name).values { numbers } else { nil }
  }

  private func texts(_ table: Table, _ name: String) throws -> [String?]? {
    if case .texts(let texts) = try table.column(name).values { texts } else { nil }
  }

  @Test func numbersTextsAndMissingValues() throws {
    let table = try read("\u{feff}id, size ,zone\r\n1,2.5,RL\r\n\r\n2,NA,\r\n3,-1e3, RM \r\n")
    #expect(table.columnNames == ["id", "size", "zone"] && table.rowCount == 3)
    #expect(try numbers(table, "id") == [1, 2, 3])
    let sizes = try #require(try numbers(table, "size"))
    #expect(sizes[0] == 2.5 && sizes[1].isNaN && sizes[2] == -1000)
    #expect(try texts(table, "zone") == ["RL", nil, "RM"])
    #expect(table.columns.map(\.missingCount) == [0, 1, 1])
    // Hexadecimal digits are a text, infinity is a number.
    let odd = try read("a,b\n0x10,inf\n1,2")
    #expect(try texts(odd, "a") == ["0x10", "1"] && numbers(odd, "b") == [.infinity, 2])
  }

  /// RFC 4180, section 2.
  @Test func quotedFields() throws {
    let table = try read("a,\"b, \"\"c\"\"\"\n\"x\ny\",\"1,2\"\n\"\",\"say \"\"hi\"\"\"\n")
    #expect(table.columnNames == ["a", "b, \"c\""])
    #expect(try texts(table, "a") == ["x\ny", nil])
    #expect(try texts(table, "b, \"c\"") == ["1,2", "say \"hi\""])
  }

  @Test func separatorsAndHeaders() throws {
    #expect(try numbers(read("a;b\n1;2", separator: .semicolon), "b") == [2])
    let fixed = try read("  0.1  18.0 \n 0.2\t0\n", separator: .whitespace, hasHeader: false)
    #expect(fixed.columnNames == ["column1", "column2"])
    #expect(try fixed.tensor(dtype: .float64).doubles() == [0.1, 18, 0.2, 0])
    let folder = TemporaryFolder()
    folder.write(Gzip.compress(Array("a\tb\n1\t2\n".utf8)), "t.tsv.gz")
    #expect(try CSV.read(folder.file("t.tsv.gz")).tensor().shape == [1, 2])
    // A last field that is empty, a table without rows.
    #expect(try read("a,b\n1,").column("b").missingCount == 1)
    #expect(try read("a,b\n").rowCount == 0)
  }

  @Test func errorsNameLineAndColumn() {
    func expectError(
      _ sentence: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      do {
        _ = try read(text)
        Issue.record("read", sourceLocation: sourceLocation)
      } catch { #expect("\(error)" == "f: " + sentence, sourceLocation: sourceLocation) }
    }
    expectError(
      "expected 2 fields between commas in line 4, as in the first row, found 3; correct that line "
        + "or name another separator", "a,b\n1,\"x\ny\"\n1,2,3\n")
    expectError(
      "expected a closing quotation mark for the field in line 2, column 2, found the end of the "
        + "file; the file is incomplete or has a stray quotation mark", "a,b\n1,\"x\n2,3\n")
    expectError(
      "expected a separator after the quoted field in line 2, column 1, found more text; double the "
        + "quotation marks inside of it", "a,b\n\"x\"y,2\n")
    expectError(
      "expected each column once, found \"a\" again; rename one of them, or read the file without "
        + "header", "a,a\n1,2\n")
    expectError("expected a table with one row or more, found no text; check the file", "\n\n")
    let invalid = InputFile(bytes: Array("a\n".utf8) + [0xff, 0x0a], name: "f")
    let error = #expect(throws: DataError.self) { try CSV.read(invalid) }
    #expect(
      error?.problem
        == "expected UTF-8 in the field in line 2, column 1, found other bytes; convert "
        + "the file to UTF-8")
  }

  @Test func sizesAreBounded() throws {
    let file = InputFile(bytes: Gzip.compress([UInt8](repeating: 0x2c, count: 1 << 20)), name: "f")
    let error = #expect(throws: DataError.self) { try CSV.read(file, limit: 1 << 16) }
    #expect(error?.problem.contains("at most 65536 bytes") == true)
    #expect(throws: DataError.self) { try CSV.read(file) }  // a million columns
  }
}
