import HebbIO
import HebbTestSupport
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct AtomicFileTests {
  let folder = TemporaryFolder()
  let new = [UInt8](repeating: 2, count: 200_000)

  @Test func writesAndReplaces() throws {
    try AtomicFile.write(Array("first".utf8), to: folder.file("a"))
    #expect(folder.contents("a") == Array("first".utf8))
    try AtomicFile.write("second", to: folder.file("a"))
    #expect(folder.contents("a") == Array("second".utf8))
    try AtomicFile.write(to: folder.file("b")) { (writer) throws(DataError) in
      for part in 0..<1_000 { try writer.write([UInt8](repeating: UInt8(part % 256), count: part)) }
      try writer.write([])
      #expect(writer.count == 499_500)
    }
    let expected = (0..<1_000).flatMap { [UInt8](repeating: UInt8($0 % 256), count: $0) }
    #expect(folder.contents("b") == expected)
    #expect(folder.names == ["a", "b"])
  }

  @Test func writesInTheWorkingFolder() throws {
    let name = "hebb-atomic-file-test-\(getpid())"
    try AtomicFile.write([1, 2], to: name)
    #expect(try FileReading.bytes(of: name) == [1, 2])
    unlink(name)
  }

  @Test func namesMayBeAsLongAsTheSystemAllows() throws {
    let name = String(repeating: "n", count: 255)
    try AtomicFile.write([1], to: folder.file(name))
    #expect(folder.names == [name])
  }

  @Test func keepsPermissionsAndLinks() throws {
    let path = folder.write([1], "target")
    chmod(path, 0o640)
    symlink("target", folder.file("link"))
    try AtomicFile.write([2, 3], to: folder.file("link"))
    var status = stat()
    lstat(folder.file("link"), &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    stat(path, &status)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(folder.contents("target") == [2, 3])
  }

  /// Lets one call fail; the file must be as before and alone.
  private func expectFailure(
    _ sentence: String, _ change: (inout SystemCalls) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let path = folder.write([1, 1, 1], "file")
    var calls = SystemCalls.system
    change(&calls)
    let full = calls
    expectError("\(path): \(sentence)", sourceLocation: sourceLocation) {
      try AtomicFile.write(to: path, calls: full) { (writer) throws(DataError) in
        try writer.write(new)
        try writer.write([3])
      }
    }
    #expect(folder.contents("file") == [1, 1, 1], sourceLocation: sourceLocation)
    #expect(folder.names == ["file"], sourceLocation: sourceLocation)
  }

  @Test func nothingChangesWhereACallFails() {
    expectFailure(
      "cannot be written: the disk is full; free some space or choose another disk"
    ) { calls in
      // Room for some bytes, then for none, as on a real disk.
      calls.write = { descriptor, bytes, count in
        let place = Int(lseek(descriptor, 0, SEEK_CUR))
        let room = 70_000 - place
        return room > 0
          ? SystemCalls.system.write(descriptor, bytes, min(room, count)) : -Int(ENOSPC)
      }
    }
    expectFailure("cannot be written: the disk is full; free some space or choose another disk") {
      $0.write = { _, _, _ in 0 }
    }
    expectFailure(
      "cannot be written: the disk quota is used up; free some space or choose another disk"
    ) { $0.write = { _, _, _ in -Int(EDQUOT) } }
    expectFailure("cannot be written: the device reported an error; check the disk") {
      $0.synchronize = { _ in -Int(EIO) }
    }
    expectFailure(
      "cannot be written: permission denied; change its owner or mode, or choose another path"
    ) { $0.rename = { _, _ in -Int(EACCES) } }
  }

  @Test func shortAndInterruptedWritesGoOn() throws {
    let path = folder.file("file")
    var calls = SystemCalls.system
    let counter = Counter()
    calls.write = { descriptor, bytes, count in
      counter.next().isMultiple(of: 3)
        ? -Int(EINTR) : SystemCalls.system.write(descriptor, bytes, min(count, 1_000))
    }
    let contents = (0..<100_000).map { UInt8($0 % 251) }
    let partial = calls
    try AtomicFile.write(to: path, calls: partial) { (writer) throws(DataError) in
      try writer.write(contents)
    }
    #expect(folder.contents("file") == contents)
  }

  @Test func aFolderThatIsNotForcedToDiskIsReported() {
    let path = folder.file("file")
    var calls = SystemCalls.system
    calls.synchronize = { descriptor in
      var status = stat()
      fstat(descriptor, &status)
      return status.st_mode & S_IFMT == S_IFDIR ? -Int(EIO) : 0
    }
    let failing = calls
    expectError(
      "\(path): has been written but may not outlast a power failure: the device reported an "
        + "error; check the disk"
    ) {
      try AtomicFile.write(to: path, calls: failing) { (writer) throws(DataError) in
        try writer.write([1])
      }
    }
    #expect(folder.contents("file") == [1])
  }

  @Test func whatTheBodyThrowsChangesNothing() {
    let path = folder.write([1], "file")
    expectError("stop") {
      try AtomicFile.write(to: path) { (writer) throws(DataError) in
        try writer.write(new)
        throw DataError("stop")
      }
    }
    #expect(folder.contents("file") == [1])
    #expect(folder.names == ["file"])
  }

  @Test func saysWhatIsWrong() {
    expectError(
      "\(folder.path)/no/file: cannot be written: its folder does not exist; create it or check "
        + "the path"
    ) { try AtomicFile.write([1], to: folder.file("no/file")) }
    expectError("\(folder.path): cannot be written: it is a folder; name a file") {
      try AtomicFile.write([1], to: folder.path)
    }
    expectError("\(folder.path)/new/: cannot be written: it is a folder; name a file") {
      try AtomicFile.write([1], to: folder.file("new/"))
    }
    expectError("/dev/full: cannot be written: it is not a regular file; name another") {
      try AtomicFile.write([1], to: "/dev/full")
    }
    expectError("expected the path of a file, found an empty one") {
      try AtomicFile.write([1], to: "")
    }
    let file = folder.write([1], "file")
    expectError("\(file)/x: cannot be written: a part of the path is not a folder; check the path")
    {
      try AtomicFile.write([1], to: file + "/x")
    }
  }

  // The superuser may write everywhere.
  @Test(.enabled(if: geteuid() != 0)) func namesMissingPermission() {
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    expectError(
      "\(folder.path)/a: cannot be written: permission denied; change its owner or mode, or choose "
        + "another path"
    ) { try AtomicFile.write([1], to: folder.file("a")) }
  }

  @Test func aRealLimitOfTheSystemIsReported() async {
    // In a process of its own, because the limit is for the whole process.
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let path = folder.write([1], "file")
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
      #if canImport(Glibc)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #else
        setrlimit(RLIMIT_FSIZE, &limit)
      #endif
      expectError(
        "\(path): cannot be written: the file grew past the size that the system allows; raise the "
          + "limit"
      ) { try AtomicFile.write([UInt8](repeating: 2, count: 200_000), to: path) }
      #expect(folder.contents("file") == [1])
      #expect(folder.names == ["file"])
    }
  }

  @Test func readersSeeOldOrNewContents() async throws {
    let path = folder.file("file")
    try AtomicFile.write([UInt8](repeating: 0, count: 10_000), to: path)
    try await withThrowingTaskGroup { group in
      for value in 1...4 as ClosedRange<UInt8> {
        group.addTask {
          for _ in 0..<10 {
            try AtomicFile.write([UInt8](repeating: value, count: 10_000), to: path)
          }
        }
      }
      group.addTask {
        for _ in 0..<200 {
          let contents = try FileReading.bytes(of: path)
          #expect(contents.count == 10_000 && Set(contents).count == 1)
        }
      }
      try await group.waitForAll()
    }
    #expect(folder.names == ["file"])
  }
}

/// Counts calls.
private final class Counter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
