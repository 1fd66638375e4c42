import HebbCore

/// NumPy's format for one array, `.npy`, versions 1 to 3.
///
/// Little-endian `f2 f4 f8 i4 i8` and `u1 b1` in C or Fortran order; NumPy has no `bfloat16`. `i1 i2
/// u2` are read as `int32` and `u4` as `int64`.
///
/// - SeeAlso: NumPy's `numpy.lib.format`.
public enum NPY {
  /// The largest contents read unless the caller says otherwise, 16 GiB.
  public static let defaultLimit = 1 << 34

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest number of bytes of elements accepted.
  /// - Returns: The array in row-major order.
  /// - Throws: `DataError` if the file cannot be read, is not a `.npy` file, has elements of
  ///   another type, or its size is not what its header says; this is found out before memory is
  ///   taken.
  public static func read(_ path: String, limit: Int = defaultLimit) throws(DataError) -> Tensor {
    try read(InputFile(path: path), limit: limit)
  }

  /// Reads an open file.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - limit: The largest number of bytes of elements accepted.
  /// - Returns: The array in row-major order.
  /// - Throws: As for a path.
  public static func read(_ file: InputFile, limit: Int = defaultLimit) throws(DataError) -> Tensor
  {
    var stream = try ByteStream(file, encoding: .stored)
    return try read(&stream, limit: limit)
  }

  /// Writes a file, all or nothing.
  ///
  /// - Parameters:
  ///   - tensor: The array.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if NumPy does not have the element type, or the file cannot be written.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    try AtomicFile.write(encode(tensor, name: path), to: path)
  }

  /// The bytes of a file with this array, in version 1 and C order.
  ///
  /// - Parameters:
  ///   - tensor: The array.
  ///   - name: What errors call it.
  /// - Returns: The bytes of the file.
  /// - Throws: `DataError` if NumPy does not have the element type.
  public static func encode(
    _ tensor: Tensor, name: String = "NumPy data"
  ) throws(DataError) -> [UInt8] {
    let element = NPYHeader.Element.allCases.first { $0.dtype == tensor.dtype && !$0.grows }
    guard let descriptor = element?.rawValue else {
      throw DataError(
        name, "expected a type that NumPy has, found \(tensor.dtype); cast it to float32")
    }
    let sizes = tensor.shape.map { "\($0)" }.joined(separator: ", ")
    let tuple = tensor.rank == 1 ? "(\(sizes),)" : "(\(sizes))"
    var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(tuple), }"
    // The elements begin at a multiple of 64 bytes.
    while !(10 + header.utf8.count + 1).isMultiple(of: 64) { header += " " }
    header += "\n"
    let count = header.utf8.count
    var bytes = NPYHeader.signature + [1, 0, UInt8(count & 0xff), UInt8(count >> 8)]
    bytes += header.utf8
    tensor.withBytes { bytes += $0 }
    return bytes
  }

  /// Reads the array that `stream` holds from its beginning to its end.
  static func read(_ stream: inout ByteStream, limit: Int) throws(DataError) -> Tensor {
    let header = try NPYHeader(&stream)
    let element = header.element
    guard let type = checkedType(header.sizes, element.dtype), type.byteCount <= limit else {
      throw DataError(
        stream.name,
        "expected at most \(plural(limit, "byte")) of elements, found a header that says "
          + "\(element) of shape \(bracketed(header.sizes)); the file is damaged or too large")
    }
    let byteCount = type.shape.elementCount * element.byteCount
    try stream.expect(byteCount, because: "\(element)\(type.shape)")
    let tensor = try Tensor(type: type) { (buffer) throws(DataError) in
      // Elements that grow are read into the end and spread from the beginning.
      let rows = UnsafeMutableRawBufferPointer(rebasing: buffer[(buffer.count - byteCount)...])
      if header.isFortranOrder, type.shape.count(where: { $0 != 1 }) > 1 {
        let columns = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        defer { columns.deallocate() }
        try stream.readAll(into: columns, "elements")
        copy(UnsafeRawBufferPointer(columns), into: rows, type.shape, width: element.byteCount)
      } else {
        try stream.readAll(into: rows, "elements")
      }
      if element.grows { element.widen(UnsafeRawBufferPointer(rows), into: buffer) }
      guard type.dtype != .bool || buffer.allSatisfy({ $0 <= 1 }) else {
        throw DataError(
          stream.name,
          "expected bytes of 0 or 1 in an array of bool, found others; the file is damaged, get it "
            + "again")
      }
    }
    try stream.expectEnd()
    return tensor
  }

  /// Copies elements from Fortran order, first axis fastest, to row-major order.
  private static func copy(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ shape: Shape,
    width: Int
  ) {
    let sizes = Array(shape)
    var steps: [Int] = []
    var step = width
    for size in sizes {
      steps.append(step)
      step *= size
    }
    var place = [Int](repeating: 0, count: sizes.count)
    var offset = 0
    for start in stride(from: 0, to: target.count, by: width) {
      for byte in 0..<width { target[start + byte] = source[offset + byte] }
      var axis = sizes.count - 1
      while axis >= 0 {
        place[axis] += 1
        offset += steps[axis]
        if place[axis] < sizes[axis] { break }
        offset -= place[axis] * steps[axis]
        place[axis] = 0
        axis -= 1
      }
    }
  }
}
