import HebbCore

/// The format of the MNIST files: a type code, the sizes of 1 to 4 axes, the elements in big-endian
/// order; often compressed with gzip.
///
/// - SeeAlso: Y. LeCun, "The MNIST database of handwritten digits", file formats.
public enum IDX {
  /// The largest contents read unless the caller says otherwise, 4 GiB.
  public static let defaultLimit = 1 << 32

  /// Reads a file, plain or gzip.
  ///
  /// Elements keep their type; 8- and 16-bit signed integers become `int32`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest number of bytes of elements accepted.
  /// - Returns: The elements with the shape of the header.
  /// - Throws: `DataError` if the file cannot be read, is not IDX, or its size is not what its
  ///   header says; this is found out before memory is taken.
  public static func read(_ path: String, limit: Int = defaultLimit) throws(DataError) -> Tensor {
    try read(InputFile(path: path), limit: limit)
  }

  /// Reads an open file, plain or gzip.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - limit: The largest number of bytes of elements accepted.
  /// - Returns: The elements with the shape of the header.
  /// - Throws: As for a path.
  public static func read(_ file: InputFile, limit: Int = defaultLimit) throws(DataError) -> Tensor
  {
    var stream = try ByteStream(detecting: file)
    let header = try Header(&stream)
    let (sizes, element) = (header.sizes, header.element)
    guard let type = checkedType(sizes, element.dtype), type.byteCount <= limit else {
      throw DataError(
        file.name,
        "expected at most \(plural(limit, "byte")) of elements, found a header that says "
          + "\(element) of shape \(bracketed(sizes)); the file is damaged or too large")
    }
    let byteCount = type.shape.elementCount * element.byteCount
    try stream.expect(byteCount, because: "\(element) of shape \(type.shape)")
    let tensor = try Tensor(type: type) { (buffer) throws(DataError) in
      // Elements that grow are read into the end and spread from the beginning.
      let source = UnsafeMutableRawBufferPointer(rebasing: buffer[(buffer.count - byteCount)...])
      try stream.readAll(into: source, "elements")
      element.decode(source, into: buffer)
    }
    try stream.expectEnd()
    return tensor
  }

  /// The tensor in this format.
  ///
  /// - Parameters:
  ///   - tensor: Of 1 to 4 axes and type `uint8`, `int32`, `float32` or `float64`.
  ///   - name: What errors call the data.
  /// - Returns: The bytes of the file, not compressed.
  /// - Throws: `DataError` if the format has no such type or number of axes.
  public static func encode(
    _ tensor: Tensor, name: String = "IDX data"
  ) throws(DataError) -> [UInt8] {
    let element = Element.allCases.first { $0.dtype == tensor.dtype && !$0.grows }
    guard let element else {
      throw DataError(
        name,
        "expected a tensor of uint8, int32, float32 or float64, found \(tensor.dtype); cast it")
    }
    let shape = tensor.shape
    guard (1...4).contains(shape.rank), shape.allSatisfy({ $0 <= UInt32.max }) else {
      throw DataError(
        name,
        "expected 1 to 4 axes of less than 4294967296 elements, found shape \(shape); reshape it")
    }
    var bytes: [UInt8] = [0, 0, element.rawValue, UInt8(shape.rank)]
    for size in shape { withUnsafeBytes(of: UInt32(size).bigEndian) { bytes += $0 } }
    tensor.withBytes { elements in
      let width = element.byteCount
      if width == 1 {
        bytes += elements
      } else {
        for start in stride(from: 0, to: elements.count, by: width) {
          bytes += elements[start..<start + width].reversed()
        }
      }
    }
    return bytes
  }
}

extension IDX {
  /// The type codes of the format.
  enum Element: UInt8, CaseIterable, CustomStringConvertible {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0b
    case int32 = 0x0c
    case float32 = 0x0d
    case float64 = 0x0e

    /// Its size in the file.
    var byteCount: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }

    /// The element type of a tensor that holds it.
    var dtype: DType {
      switch self {
      case .uint8: .uint8
      case .int8, .int16, .int32: .int32
      case .float32: .float32
      case .float64: .float64
      }
    }

    var grows: Bool { byteCount < dtype.byteCount }

    var description: String {
      switch self {
      case .uint8: "uint8"
      case .int8: "int8"
      case .int16: "int16"
      case .int32: "int32"
      case .float32: "float32"
      case .float64: "float64"
      }
    }

    /// Converts big-endian elements to the machine's, where `source` is the end of `target`.
    func decode(
      _ source: UnsafeMutableRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) {
      switch self {
      case .uint8: break
      case .int8:
        for i in 0..<source.count {
          let value = Int32(Int8(bitPattern: source[i]))
          target.storeBytes(of: value, toByteOffset: 4 * i, as: Int32.self)
        }
      case .int16:
        for i in 0..<source.count / 2 {
          let value = Int16(bigEndian: source.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self))
          target.storeBytes(of: Int32(value), toByteOffset: 4 * i, as: Int32.self)
        }
      case .int32, .float32:
        for i in 0..<source.count / 4 {
          let value = source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)
          target.storeBytes(of: UInt32(bigEndian: value), toByteOffset: 4 * i, as: UInt32.self)
        }
      case .float64:
        for i in 0..<source.count / 8 {
          let value = source.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)
          target.storeBytes(of: UInt64(bigEndian: value), toByteOffset: 8 * i, as: UInt64.self)
        }
      }
    }
  }

  /// What stands before the elements.
  private struct Header {
    let element: Element
    let sizes: [Int]

    init(_ stream: inout ByteStream) throws(DataError) {
      let magic = try stream.bytes(4, "the IDX header")
      guard magic[0] == 0, magic[1] == 0, let element = Element(rawValue: magic[2]) else {
        let found = magic.map { String($0) }.joined(separator: " ")
        throw DataError(
          stream.name,
          "expected an IDX file, which begins with 0 0 and a type code of 8 to 14, found \(found); "
            + "check that this is the right file")
      }
      guard (1...4).contains(magic[3]) else {
        throw DataError(
          stream.name,
          "expected an IDX file with 1 to 4 axes, found \(magic[3]); the file is damaged, get it "
            + "again")
      }
      self.element = element
      let bytes = try stream.bytes(4 * Int(magic[3]), "the IDX header")
      sizes = stride(from: 0, to: bytes.count, by: 4).map { start in
        bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      }
    }
  }
}
