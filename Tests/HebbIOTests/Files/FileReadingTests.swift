import HebbIO
import HebbTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct FileReadingTests {
  let folder = TemporaryFolder()

  @Test func readsWholeFiles() throws {
    let path = folder.write(Array("héllo".utf8), "a.txt")
    #expect(try FileReading.bytes(of: path) == Array("héllo".utf8))
    #expect(try FileReading.text(of: path) == "héllo")
    #expect(try FileReading.bytes(of: folder.write([], "empty")) == [])
    #expect(try FileReading.bytes(of: path, limit: 6).count == 6)
  }

  @Test func saysWhatIsWrong() {
    let missing = folder.file("missing")
    expectError("\(missing): cannot be read: it does not exist; check the path") {
      _ = try FileReading.bytes(of: missing)
    }
    expectError("\(folder.path): cannot be read: it is a folder; name a file") {
      _ = try FileReading.bytes(of: folder.path)
    }
    let path = folder.write([1, 2, 3], "three")
    expectError(
      "\(path): expected at most 2 bytes, found 3; check that this is the right file"
    ) { _ = try FileReading.bytes(of: path, limit: 2) }
    expectError("\(path)/x: cannot be read: a part of the path is not a folder; check the path") {
      _ = try FileReading.bytes(of: path + "/x")
    }
    expectError("expected the path of a file, found an empty one") {
      _ = try FileReading.bytes(of: "")
    }
    expectError("a\\0b: a path cannot contain a zero byte; check the path") {
      _ = try FileReading.bytes(of: "a\0b")
    }
    expectError("/dev/zero: cannot be read: it is a pipe or device; name a regular file") {
      _ = try FileReading.bytes(of: "/dev/zero")
    }
    let latin = folder.write([0x63, 0xe9], "latin")
    expectError("\(latin): expected UTF-8 text, found other bytes; convert it to UTF-8") {
      _ = try FileReading.text(of: latin)
    }
    let long = folder.file(String(repeating: "x", count: 300))
    expectError("\(long): cannot be read: the name is too long; choose a shorter one") {
      _ = try FileReading.bytes(of: long)
    }
  }

  @Test func doesNotWaitForPipes() {
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    expectError("\(path): cannot be read: it is a pipe or device; name a regular file") {
      _ = try FileReading.bytes(of: path)
    }
  }

  // The superuser may read everything.
  @Test(.enabled(if: geteuid() != 0)) func namesMissingPermission() {
    let path = folder.write([1], "secret")
    chmod(path, 0)
    expectError(
      "\(path): cannot be read: permission denied; change its owner or mode, or choose another path"
    ) { _ = try FileReading.bytes(of: path) }
  }

  @Test func escapesHostileNames() {
    expectError("a\\u{1B}[31m\\nb: cannot be read: it does not exist; check the path") {
      _ = try FileReading.bytes(of: "a\u{1b}[31m\nb")
    }
  }

  @Test func filesThatShrinkAreNoticed() throws {
    let path = folder.write([UInt8](repeating: 7, count: 100_000), "shrinking")
    let file = try InputFile(path: path)
    #expect(truncate(path, 50_000) == 0)
    expectError(
      "\(path): expected 100000 bytes, found only 50000; it was cut off while it was read, write "
        + "it again"
    ) { _ = try file.bytes(in: 0..<100_000) }
  }

  @Test func rangesOutsideAreErrors() throws {
    for file in [
      InputFile(bytes: [1, 2, 3], name: "x"), try InputFile(path: folder.write([1, 2, 3], "x")),
    ] {
      #expect(try file.bytes(in: 1..<3) == [2, 3])
      #expect(throws: DataError.self) { try file.bytes(in: 1..<4) }
      #expect(throws: DataError.self) { try file.bytes(in: -1..<2) }
      #expect(throws: DataError.self) { try file.bytes(in: 0..<(.max)) }
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
      defer { buffer.deallocate() }
      try file.read(at: 1, into: buffer)
      #expect(Array(buffer) == [2, 3])
      for offset in [-1, 2, 4, .max] {
        #expect(throws: DataError.self) { try file.read(at: offset, into: buffer) }
      }
    }
  }

  @Test func descriptorsAreClosed() throws {
    let path = folder.write([1], "one")
    // More than a process may have open.
    for _ in 0..<5_000 { _ = try InputFile(path: path) }
    for _ in 0..<5_000 { _ = try? InputFile(path: folder.path) }
  }
}
