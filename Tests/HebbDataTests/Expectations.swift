import Foundation
import HebbIO
import HebbTestSupport
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

/// A new folder that goes away with all it holds.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "hebb-test-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
