import HebbIO
import Testing

/// Checks that `body` throws a `DataError` with exactly this sentence.
func expectError(
  _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown, expected: \(sentence)", sourceLocation: sourceLocation)
  } catch {
    #expect(error is DataError, sourceLocation: sourceLocation)
    #expect("\(error)" == sentence, sourceLocation: sourceLocation)
  }
}

/// The bytes that hexadecimal digits stand for; spaces and line ends between them are skipped.
func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = hexadecimal.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The big-endian bytes of an integer.
func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

/// The little-endian bytes of an integer.
func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
