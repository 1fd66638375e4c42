/// Whole small files.
public enum FileReading {
  /// The contents of a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest size accepted, in bytes.
  /// - Returns: All bytes of the file.
  /// - Throws: `DataError` if it cannot be read or is larger than `limit`; then no memory has been
  ///   taken for it.
  public static func bytes(of path: String, limit: Int = 1 << 30) throws(DataError) -> [UInt8] {
    let file = try InputFile(path: path)
    guard file.count <= limit else {
      throw DataError(
        path,
        "expected at most \(plural(limit, "byte")), found \(file.count); check that this is the "
          + "right file")
    }
    return try file.bytes(in: 0..<file.count)
  }

  /// The contents of a UTF-8 text file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest size accepted, in bytes.
  /// - Returns: The text.
  /// - Throws: `DataError` if it cannot be read, is larger than `limit`, or is not UTF-8.
  public static func text(of path: String, limit: Int = 1 << 28) throws(DataError) -> String {
    guard let text = String(validating: try bytes(of: path, limit: limit), as: UTF8.self) else {
      throw DataError(path, "expected UTF-8 text, found other bytes; convert it to UTF-8")
    }
    return text
  }
}
