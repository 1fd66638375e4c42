import HebbCore

/// What stands before the elements of a `.npy` file: a Python dictionary with the keys `descr`,
/// `fortran_order` and `shape`.
struct NPYHeader {
  let element: Element
  let isFortranOrder: Bool
  let sizes: [Int]

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// NumPy's names for element types. Integers that tensors do not have become larger ones.
  enum Element: String, CaseIterable {
    case float32 = "<f4"
    case float64 = "<f8"
    case float16 = "<f2"
    case int32 = "<i4"
    case int64 = "<i8"
    case uint8 = "|u1"
    case bool = "|b1"
    case int8 = "|i1"
    case int16 = "<i2"
    case uint16 = "<u2"
    case uint32 = "<u4"

    /// The element type of the tensor.
    var dtype: DType {
      switch self {
      case .float32: .float32
      case .float64: .float64
      case .float16: .float16
      case .int32, .int8, .int16, .uint16: .int32
      case .int64, .uint32: .int64
      case .uint8: .uint8
      case .bool: .bool
      }
    }

    /// Its size in the file.
    var byteCount: Int {
      switch self {
      case .int8: 1
      case .int16, .uint16: 2
      case .uint32: 4
      default: dtype.byteCount
      }
    }

    /// Whether the tensor has a larger element type than the file.
    var grows: Bool { byteCount < dtype.byteCount }

    /// Converts elements that grow.
    func widen(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
      switch self {
      case .int8: widen(source, into: target) { (value: Int8) in Int32(value) }
      case .int16: widen(source, into: target) { (value: Int16) in Int32(value) }
      case .uint16: widen(source, into: target) { (value: UInt16) in Int32(value) }
      case .uint32: widen(source, into: target) { (value: UInt32) in Int64(value) }
      default: target.copyMemory(from: source)
      }
    }

    private func widen<Stored: BitwiseCopyable, Value: BitwiseCopyable>(
      _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
      _ convert: (Stored) -> Value
    ) {
      let (small, large) = (MemoryLayout<Stored>.size, MemoryLayout<Value>.size)
      for place in 0..<source.count / small {
        let value = source.loadUnaligned(fromByteOffset: place * small, as: Stored.self)
        target.storeBytes(of: convert(value), toByteOffset: place * large, as: Value.self)
      }
    }
  }

  /// NumPy itself refuses headers beyond 10,000 bytes.
  private static let maximumSize = 1 << 16

  /// Reads the header at the beginning of a stream.
  init(_ stream: inout ByteStream) throws(DataError) {
    let start = try stream.bytes(8, "the NumPy header")
    guard start.starts(with: Self.signature) else {
      throw DataError(
        stream.name,
        "expected a NumPy array, which begins with \\x93NUMPY, found something else; check that "
          + "this is the right file")
    }
    guard (1...3).contains(start[6]) else {
      throw DataError(
        stream.name,
        "expected version 1, 2 or 3 of NumPy's format, found \(start[6]); save the array anew")
    }
    let size = try stream.bytes(start[6] == 1 ? 2 : 4, "the NumPy header")
      .reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size <= Self.maximumSize else {
      throw DataError(
        stream.name,
        "expected a header of at most \(Self.maximumSize) bytes, found \(size); the file is "
          + "damaged, get it again")
    }
    var scanner = Scanner(text: try stream.bytes(size, "the NumPy header"))
    guard let fields = scanner.scanFields(), let order = fields.isFortranOrder,
      let sizes = fields.sizes, let descriptor = fields.descriptor
    else {
      throw DataError(
        stream.name,
        "expected a header with descr, fortran_order and shape, found something else; the file is "
          + "damaged or holds records, save a plain array")
    }
    guard let element = Element(rawValue: descriptor) else {
      let known = Element.allCases.map(\.rawValue).joined(separator: ", ")
      throw DataError(
        stream.name,
        "expected elements of type \(known), found \(quoted(descriptor)); convert the array with "
          + "astype")
    }
    self.element = element
    isFortranOrder = order
    self.sizes = sizes
  }
}

/// Reads the few Python literals that the header is made of.
private struct Scanner {
  struct Fields {
    var descriptor: String?
    var isFortranOrder: Bool?
    var sizes: [Int]?
  }

  let text: [UInt8]
  var position = 0

  init(text: [UInt8]) { self.text = text }

  /// The dictionary with nothing but spaces after it; nil for anything else.
  mutating func scanFields() -> Fields? {
    var fields = Fields()
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = scanString(), take(":") else { return nil }
      switch key {
      case "descr" where fields.descriptor == nil: fields.descriptor = scanString()
      case "fortran_order" where fields.isFortranOrder == nil: fields.isFortranOrder = scanBool()
      case "shape" where fields.sizes == nil: fields.sizes = scanTuple()
      default: return nil
      }
      if take(",") { continue }
      guard take("}") else { return nil }
      break
    }
    skipSpaces()
    return position == text.count ? fields : nil
  }

  private mutating func scanString() -> String? {
    skipSpaces()
    guard position < text.count, text[position] == 0x27 || text[position] == 0x22 else {
      return nil
    }
    let quote = text[position]
    let start = position + 1
    guard let end = text[start...].firstIndex(of: quote) else { return nil }
    position = end + 1
    return String(validating: text[start..<end], as: UTF8.self)
  }

  private mutating func scanBool() -> Bool? { take("True") ? true : take("False") ? false : nil }

  private mutating func scanTuple() -> [Int]? {
    guard take("(") else { return nil }
    var sizes: [Int] = []
    while !take(")") {
      guard sizes.count <= Shape.maximumRank, let size = scanInteger() else { return nil }
      sizes.append(size)
      if take(",") { continue }
      // Without a comma, one number in parentheses is not a tuple.
      guard sizes.count > 1, take(")") else { return nil }
      break
    }
    return sizes
  }

  private mutating func scanInteger() -> Int? {
    skipSpaces()
    let digits = text[position...].prefix { (0x30...0x39).contains($0) }
    position += digits.count
    // Python 2 wrote long integers with an L.
    if digits.count > 0 { _ = position < text.count && text[position] == 0x4c ? take("L") : false }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private mutating func take(_ word: StaticString) -> Bool {
    skipSpaces()
    let isThere = word.withUTF8Buffer { text[position...].starts(with: $0) }
    if isThere { position += word.utf8CodeUnitCount }
    return isThere
  }

  private mutating func skipSpaces() {
    while position < text.count, text[position] == 0x20 || text[position] == 0x0a { position += 1 }
  }
}
