#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writing a file so that whoever looks sees the old contents or the new ones, complete, also after
/// a crash or a power failure.
///
/// The contents go to a temporary name in the same folder, are forced to the disk, and take the
/// final name; then the folder is forced to the disk. Where anything fails, the temporary file is
/// removed and the old file is as it was.
public enum AtomicFile {
  /// Writes bytes.
  ///
  /// - Parameters:
  ///   - bytes: The whole contents.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if the folder does not exist or is not writable, the disk is full, or
  ///   the device fails.
  public static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
    try write(to: path) { (writer) throws(DataError) in try writer.write(bytes) }
  }

  /// Writes a text as UTF-8.
  ///
  /// - Parameters:
  ///   - text: The whole contents.
  ///   - path: The file; replaced if it exists.
  /// - Throws: As for bytes.
  public static func write(_ text: String, to path: String) throws(DataError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes what `body` hands to its argument, part by part.
  ///
  /// - Parameters:
  ///   - path: The file; replaced if it exists, or what a symbolic link there points to.
  ///   - body: Writes the contents from beginning to end.
  /// - Throws: As for bytes, or what `body` throws; then nothing has changed.
  public static func write(
    to path: String, _ body: (inout Writer) throws(DataError) -> Void
  ) throws(DataError) {
    try write(to: path, calls: .system, body)
  }

  /// Writes through calls that a test can let fail.
  package static func write(
    to path: String, calls: SystemCalls, _ body: (inout Writer) throws(DataError) -> Void
  ) throws(DataError) {
    let target = try Target(path)
    let (temporary, descriptor) = try target.createTemporary()
    var writer = Writer(descriptor: descriptor, name: path, calls: calls)
    do throws(DataError) {
      try body(&writer)
      try writer.finish()
      try Target.check(calls.rename(temporary, target.path), path)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    try target.synchronizeFolder(calls)
  }
}

extension AtomicFile {
  /// Takes the contents of a file from beginning to end.
  public struct Writer: ~Copyable {
    /// How many bytes have been written.
    public private(set) var count = 0

    private let descriptor: Int32
    private let name: String
    private let calls: SystemCalls
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 16

    init(descriptor: Int32, name: String, calls: SystemCalls) {
      self.descriptor = descriptor
      self.name = name
      self.calls = calls
    }

    /// Appends bytes.
    ///
    /// - Throws: `DataError` if they cannot be written.
    public mutating func write(_ bytes: [UInt8]) throws(DataError) {
      let failure: DataError? = bytes.withUnsafeBytes { bytes in
        do throws(DataError) {
          try write(bytes)
          return nil
        } catch { return error }
      }
      if let failure { throw failure }
    }

    /// Appends bytes.
    ///
    /// - Throws: `DataError` if they cannot be written.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
      count += bytes.count
      if buffer.count + bytes.count <= Self.bufferSize {
        buffer += bytes
      } else {
        try flush()
        try writeThrough(bytes)
      }
    }

    fileprivate mutating func finish() throws(DataError) {
      try flush()
      try Target.check(calls.synchronize(descriptor), name)
    }

    private mutating func flush() throws(DataError) {
      let pending = buffer
      buffer.removeAll(keepingCapacity: true)
      let failure: DataError? = pending.withUnsafeBytes { bytes in
        do throws(DataError) {
          try writeThrough(bytes)
          return nil
        } catch { return error }
      }
      if let failure { throw failure }
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
      var rest = bytes
      while let base = rest.baseAddress, rest.count > 0 {
        let result = calls.write(descriptor, base, rest.count)
        if result == -Int(EINTR) { continue }
        // A write of nothing would repeat for ever.
        try Target.check(result == 0 ? -Int(ENOSPC) : result, name)
        rest = UnsafeRawBufferPointer(rebasing: rest[result...])
      }
    }
  }

  /// Where the file goes.
  private struct Target {
    /// The path as it was given, for errors.
    let name: String
    /// The path with symbolic links resolved, so that the link stays and its file is replaced.
    let path: String
    let folder: String
    /// The permissions of the file that is replaced.
    let mode: mode_t?

    init(_ name: String) throws(DataError) {
      self.name = name
      guard !name.isEmpty else {
        throw DataError("expected the path of a file, found an empty one")
      }
      guard !name.utf8.contains(0) else {
        throw DataError(name, "a path cannot contain a zero byte; check the path")
      }
      var status = stat()
      if stat(name, &status) == 0 {
        try Self.check(status.st_mode & S_IFMT == S_IFDIR ? -Int(EISDIR) : 0, name)
        guard status.st_mode & S_IFMT == S_IFREG, let resolved = realpath(name, nil) else {
          throw DataError(name, "cannot be written: it is not a regular file; name another")
        }
        defer { free(resolved) }
        path = String(cString: resolved)
        mode = status.st_mode & 0o777
      } else {
        guard name.utf8.last != UInt8(ascii: "/") else {
          throw DataError(name, "cannot be written: \(reason(EISDIR))")
        }
        path = name
        mode = nil
      }
      let separator = path.utf8.lastIndex(of: UInt8(ascii: "/"))
      folder = if let separator { String(path[...separator]) } else { "./" }
    }

    /// Throws where `result` is `-errno`.
    static func check(_ result: Int, _ name: String) throws(DataError) {
      guard result < 0 else { return }
      let code = Int32(-result)
      let why =
        code == ENOENT ? "its folder does not exist; create it or check the path" : reason(code)
      throw DataError(name, "cannot be written: \(why)")
    }

    /// An empty file in the same folder, open for writing.
    func createTemporary() throws(DataError) -> (path: String, descriptor: Int32) {
      var generator = SystemRandomNumberGenerator()
      while true {
        // Not made from the name of the file, which may be as long as names can be.
        let temporary = folder + ".hebb-" + String(generator.next() as UInt64, radix: 36) + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor >= 0 {
          if let mode { fchmod(descriptor, mode) }
          return (temporary, descriptor)
        }
        if errno != EEXIST { try Self.check(-Int(errno), name) }
      }
    }

    /// Forces the new name to the disk.
    func synchronizeFolder(_ calls: SystemCalls) throws(DataError) {
      let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { return }  // A folder may be writable and not readable.
      defer { close(descriptor) }
      let result = calls.synchronize(descriptor)
      // Some file systems cannot do that to folders.
      guard result < 0, result != -Int(EINVAL), result != -Int(ENOTSUP) else { return }
      throw DataError(
        name,
        "has been written but may not outlast a power failure: \(reason(Int32(-result)))")
    }
  }
}
