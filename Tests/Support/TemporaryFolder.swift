#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A new folder that goes away with all it holds.
public final class TemporaryFolder {
  /// Where it is.
  public let path: String

  /// A new folder.
  public init() {
    var template = Array("/tmp/hebb-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no folder for temporary files")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file in the simplest way.
  @discardableResult
  public func write(_ bytes: [UInt8], _ name: String) -> String {
    guard let stream = fopen(file(name), "wb") else {
      preconditionFailure("the file \(file(name)) cannot be made")
    }
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return file(name)
  }

  /// The contents of a file, nil where there is none.
  public func contents(_ name: String) -> [UInt8]? {
    guard let stream = fopen(file(name), "rb") else { return nil }
    defer { fclose(stream) }
    var result: [UInt8] = []
    while case let byte = getc(stream), byte != EOF { result.append(UInt8(byte)) }
    return result
  }

  /// The names in the folder, sorted.
  public var names: [String] { Self.names(path) }

  private static func names(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in names(path) { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
