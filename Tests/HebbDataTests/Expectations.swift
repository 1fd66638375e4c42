import HebbCore
import HebbData
import HebbIO
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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

/// A new folder that goes away with the files in it and in its folders.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/hebb-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no folder for temporary files")
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    nftw(path, { name, _, _, _ in name.map { remove($0) } ?? 0 }, 8, FTW_DEPTH | FTW_PHYS)
  }
}
