import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `metrics.jsonl`: one JSON object a line, added as training goes on.
public final class MetricsLog {
  /// The file.
  public let path: String
  /// The size of the file: how many bytes belong to what has been done.
  public private(set) var byteCount: Int

  private let descriptor: Int32

  /// Opens the file to add lines after its first `byteCount` bytes; what follows them is cut off.
  ///
  /// - Parameters:
  ///   - path: The file; created if it is not there and `byteCount` is 0.
  ///   - byteCount: Where to go on, as it was saved in a checkpoint.
  /// - Throws: `DataError` if the file cannot be written or is shorter.
  public init(path: String, continuingAt byteCount: Int = 0) throws(DataError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw DataError(path, "cannot be written: \(Folder.why(errno))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) >= byteCount else {
      close(descriptor)
      throw DataError(
        path,
        "expected at least \(byteCount) bytes, found \(status.st_size); the file was cut off, get it "
          + "back or start the run again")
    }
    // A device has no length to cut.
    let isFile = status.st_mode & S_IFMT == S_IFREG
    guard !isFile || ftruncate(descriptor, off_t(byteCount)) == 0 else {
      let code = errno
      close(descriptor)
      throw DataError(path, "cannot be written: \(Folder.why(code))")
    }
    self.path = path
    self.byteCount = byteCount
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Adds a line.
  ///
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func append(_ line: JSONObject) throws(DataError) {
    var bytes = Array(JSONValue.object(line).text().utf8)
    bytes.append(UInt8(ascii: "\n"))
    var written = 0
    while written < bytes.count {
      let result = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else {
        let code = result < 0 ? errno : ENOSPC
        // Half a line would spoil the file for its readers.
        _ = ftruncate(descriptor, off_t(byteCount))
        throw DataError(path, "cannot be written: \(Folder.why(code))")
      }
      written += result
    }
    byteCount += bytes.count
  }

  /// Forces the lines to the disk.
  ///
  /// - Throws: `DataError` if the device fails.
  public func synchronize() throws(DataError) {
    guard fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP else { return }
    throw DataError(path, "cannot be written: \(Folder.why(errno))")
  }

  /// Reads the lines of a file; what is no JSON object is left out.
  ///
  /// - Throws: `DataError` if the file cannot be read.
  public static func read(_ path: String) throws(DataError) -> [JSONObject] {
    let bytes = try FileReading.bytes(of: path)
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      (try? JSONValue(parsing: Array(line), name: path, maximumDepth: 8))?.objectValue
    }
  }
}
