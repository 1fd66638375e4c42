#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of an open file, or bytes in memory that stand for one, readable at any position and
/// from several tasks at once.
///
/// The file is read with `pread` and never mapped: a mapped file that somebody cuts off kills the
/// process that reads it.
public final class InputFile: Sendable {
  /// The path, or the name that bytes in memory were given; errors begin with it.
  public let name: String
  /// The size in bytes, when the file was opened.
  public let count: Int

  private let descriptor: Int32
  private let bytes: [UInt8]

  /// Opens a file.
  ///
  /// - Throws: `DataError` if there is no such file, it may not be read, or it is a folder, a pipe
  ///   or a device.
  public init(path: String) throws(DataError) {
    guard !path.isEmpty else { throw DataError("expected the path of a file, found an empty one") }
    guard !path.utf8.contains(0) else {
      throw DataError(path, "a path cannot contain a zero byte; check the path")
    }
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataError(path, "cannot be read: \(reason(errno))")
    }
    var status = stat()
    let failure = fstat(descriptor, &status) == 0 ? 0 : errno
    let kind = status.st_mode & S_IFMT
    guard failure == 0, kind == S_IFREG else {
      close(descriptor)
      if failure != 0 { throw DataError(path, "cannot be read: \(reason(failure))") }
      if kind == S_IFDIR { throw DataError(path, "cannot be read: \(reason(EISDIR))") }
      throw DataError(path, "cannot be read: it is a pipe or device; name a regular file")
    }
    self.descriptor = descriptor
    name = path
    count = Int(status.st_size)
    bytes = []
  }

  /// Bytes in memory.
  ///
  /// - Parameters:
  ///   - bytes: The contents.
  ///   - name: What errors call them.
  public init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
    count = bytes.count
    descriptor = -1
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills `buffer` with the bytes that begin at `offset`.
  ///
  /// - Throws: `DataError` if they do not all lie inside the file, or the device fails.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataError) {
    guard offset >= 0, offset <= count, buffer.count <= count - offset else {
      throw DataError(
        name,
        "expected \(plural(buffer.count, "byte")) at position \(offset), found a file of "
          + "\(plural(count, "byte")); it is damaged or incomplete, get it again")
    }
    if descriptor < 0 {
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + buffer.count]))
      }
      return
    }
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let result = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if result < 0 {
        if errno == EINTR { continue }
        throw DataError(name, "cannot be read: \(reason(errno))")
      }
      guard result > 0 else {
        throw DataError(
          name,
          "expected \(plural(count, "byte")), found only \(offset + filled); it was cut off while "
            + "it was read, write it again")
      }
      filled += result
    }
  }

  /// The bytes of a part of the file.
  ///
  /// - Throws: As `read(at:into:)`, before any memory is taken for a part outside the file.
  public func bytes(in range: Range<Int>) throws(DataError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw DataError(
        name,
        "expected bytes \(range.lowerBound) to \(range.upperBound), found a file of "
          + "\(plural(count, "byte")); it is damaged or incomplete, get it again")
    }
    if descriptor < 0 { return Array(bytes[range]) }
    var failure: DataError?
    let result = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
      do throws(DataError) {
        let part = UnsafeMutableRawBufferPointer(buffer)[..<range.count]
        try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: part))
        initialized = range.count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }
}
