import HebbCore

/// NumPy's format for several named arrays, `.npz`: a zip archive of `.npy` files.
public enum NPZ {
  /// Reads all arrays of a file, stored or compressed.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest number of bytes of elements accepted, all arrays together.
  /// - Returns: The arrays by name.
  /// - Throws: `DataError` if the file cannot be read, is not such an archive, is damaged or too
  ///   large.
  public static func read(
    _ path: String, limit: Int = NPY.defaultLimit
  ) throws(DataError) -> [String: Tensor] {
    try read(InputFile(path: path), limit: limit)
  }

  /// Reads all arrays of an open file, stored or compressed.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - limit: The largest number of bytes of elements accepted, all arrays together.
  /// - Returns: The arrays by name.
  /// - Throws: As for a path.
  public static func read(
    _ file: InputFile, limit: Int = NPY.defaultLimit
  ) throws(DataError) -> [String: Tensor] {
    let archive = try ZipArchive(file)
    var arrays: [String: Tensor] = [:]
    var remaining = limit
    for entry in archive.entries {
      guard entry.name.hasSuffix(".npy") else {
        throw DataError(
          file.name,
          "expected an archive of .npy files, found \(quoted(entry.name)); check that this is the "
            + "right file")
      }
      var stream = try archive.stream(of: entry)
      let tensor = try NPY.read(&stream, limit: remaining)
      remaining -= tensor.type.byteCount
      arrays[String(entry.name.dropLast(4))] = tensor
    }
    return arrays
  }

  /// Writes arrays to a file, all or nothing. The same arrays give the same bytes.
  ///
  /// - Parameters:
  ///   - arrays: The arrays by name.
  ///   - isCompressed: Whether to deflate them, as `numpy.savez_compressed` does.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if NumPy does not have an element type, the arrays take 4 GiB or more,
  ///   or the file cannot be written.
  public static func write(
    _ arrays: [String: Tensor], isCompressed: Bool = false, to path: String
  ) throws(DataError) {
    try AtomicFile.write(to: path) { (writer) throws(DataError) in
      var zip = ZipWriter(name: path)
      for (name, tensor) in sorted(arrays) {
        let array = try NPY.encode(tensor, name: path)
        try writer.write(zip.entry(name + ".npy", array, isDeflated: isCompressed))
      }
      try writer.write(zip.end())
    }
  }

  /// The bytes of a file with these arrays.
  ///
  /// - Parameters:
  ///   - arrays: The arrays by name.
  ///   - isCompressed: Whether to deflate them.
  ///   - name: What errors call the data.
  /// - Returns: The bytes of the file.
  /// - Throws: `DataError` if NumPy does not have an element type, or the arrays take 4 GiB or
  ///   more.
  public static func encode(
    _ arrays: [String: Tensor], isCompressed: Bool = false, name: String = "NumPy archive"
  ) throws(DataError) -> [UInt8] {
    var zip = ZipWriter(name: name)
    var bytes: [UInt8] = []
    for (array, tensor) in sorted(arrays) {
      bytes += try zip.entry(
        array + ".npy", NPY.encode(tensor, name: name), isDeflated: isCompressed)
    }
    return bytes + zip.end()
  }

  private static func sorted(_ arrays: [String: Tensor]) -> [(String, Tensor)] {
    arrays.map { ($0.key, $0.value) }
      .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }
}
