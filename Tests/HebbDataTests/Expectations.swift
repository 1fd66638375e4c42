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
