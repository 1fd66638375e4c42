import HebbCore

/// A file of named tensors in the safetensors format: the size of a JSON header, the header, the
/// elements. Tensors are read when they are asked for, straight into their memory.
///
/// Opening costs the header alone, whatever the size of the file. The file is not mapped into
/// memory, because a mapped file that somebody cuts off kills the process that reads it; a tensor
/// that is asked for takes its own size once, as a mapped one does as soon as it is used.
///
/// - SeeAlso: The format's specification in the repository huggingface/safetensors.
public struct SafeTensors: Sendable {
  /// One tensor of the file.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Shape and element type.
    public let type: TensorType
    /// Where its elements lie in the file.
    public let bytes: Range<Int>
  }

  /// The largest header accepted, as in the reference implementation.
  public static let maximumHeaderSize = 100_000_000

  /// The file.
  public let file: InputFile
  /// The tensors in the order in which they lie in the file.
  public let entries: [Entry]
  /// Texts about the file, such as its format.
  public let metadata: [String: String]
  private let index: [String: Int]

  /// Opens a file and checks its header: every tensor lies inside the file, as large as its shape
  /// says, and they cover the file without overlap and without gap.
  ///
  /// - Throws: `DataError` if the file cannot be read or is not as it must be.
  public init(path: String) throws(DataError) { try self.init(InputFile(path: path)) }

  /// Checks the header of an open file.
  ///
  /// - Throws: As for a path.
  public init(_ file: InputFile) throws(DataError) {
    self.file = file
    let header = try Header(file)
    entries = header.entries
    metadata = header.metadata
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
  }

  /// The names of the tensors in the order in which they lie in the file.
  public var names: [String] { entries.map(\.name) }

  /// The tensor of a name as the header describes it; nil if there is none.
  public func entry(named name: String) -> Entry? { index[name].map { entries[$0] } }

  /// Reads one tensor.
  ///
  /// - Throws: `DataError` if there is none of that name, or the file cannot be read.
  public func tensor(named name: String) throws(DataError) -> Tensor {
    guard let entry = entry(named: name) else {
      throw DataError(noTensor: name, among: names, in: file.name)
    }
    return try tensor(entry)
  }

  /// Reads all tensors.
  ///
  /// - Throws: `DataError` if the file cannot be read.
  public func tensors() throws(DataError) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for entry in entries { result[entry.name] = try tensor(entry) }
    return result
  }

  private func tensor(_ entry: Entry) throws(DataError) -> Tensor {
    try Tensor(type: entry.type) { (buffer) throws(DataError) in
      try file.read(at: entry.bytes.lowerBound, into: buffer)
      guard entry.type.dtype != .bool || buffer.allSatisfy({ $0 <= 1 }) else {
        throw DataError(
          file.name,
          "expected bytes of 0 or 1 in the bool tensor \(quoted(entry.name)), found others; the "
            + "file is damaged, get it again")
      }
    }
  }
}

extension SafeTensors {
  /// The names of element types in the format, in the order of the reference implementation, which
  /// puts the last first.
  static let elementNames: [(name: String, dtype: DType)] = [
    ("BOOL", .bool), ("U8", .uint8), ("F16", .float16), ("BF16", .bfloat16), ("I32", .int32),
    ("F32", .float32), ("F64", .float64), ("I64", .int64),
  ]

  /// The header, checked.
  private struct Header {
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    let name: String

    init(_ file: InputFile) throws(DataError) {
      name = file.name
      guard file.count >= 8 else {
        throw DataError(
          name,
          "expected a safetensors file of at least 8 bytes, found \(file.count); the file is "
            + "incomplete, get it again")
      }
      let size = try file.bytes(in: 0..<8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let limit = min(file.count - 8, maximumHeaderSize)
      guard size <= limit else {
        throw DataError(
          name,
          "expected a safetensors file, whose header has at most \(plural(limit, "byte")) here, "
            + "found \(size); it is another kind of file or incomplete")
      }
      let start = 8 + Int(size)
      let text = try file.bytes(in: 8..<start)
      guard text.first == UInt8(ascii: "{") else {
        throw DataError(
          name,
          "expected a safetensors file, whose header begins with \"{\", found something else; "
            + "check that this is the right file")
      }
      let json = try JSONValue(parsing: text, name: name, maximumDepth: 4)
      for (key, value) in json.objectValue?.members ?? [] {
        if key == "__metadata__" {
          try readMetadata(value)
        } else {
          entries.append(try entry(key, value, start: start, end: file.count))
        }
      }
      try orderEntries(start: start, end: file.count)
    }

    private mutating func readMetadata(_ value: JSONValue) throws(DataError) {
      guard let object = value.objectValue else {
        throw DataError(name, "expected __metadata__ to be an object; the file is damaged")
      }
      for (key, value) in object.members {
        guard let text = value.stringValue else {
          throw DataError(
            name, "expected a string as metadata \(quoted(key)); the file is damaged, get it again")
        }
        metadata[key] = text
      }
    }

    private func entry(
      _ tensor: String, _ value: JSONValue, start: Int, end: Int
    ) throws(DataError) -> Entry {
      let sizes = value["shape"]?.arrayValue.map { $0.compactMap(\.integerValue) }
      let offsets = value["data_offsets"]?.arrayValue.map { $0.compactMap(\.integerValue) }
      guard let element = value["dtype"]?.stringValue, let sizes, let offsets,
        sizes.count == value["shape"]?.arrayValue?.count, offsets.count == 2,
        value["data_offsets"]?.arrayValue?.count == 2
      else {
        throw DataError(
          name,
          "expected a dtype, a shape and two data_offsets for \(quoted(tensor)), found something "
            + "else; the file is damaged, get it again")
      }
      guard let dtype = elementNames.first(where: { $0.name == element })?.dtype else {
        let known = elementNames.map(\.name).joined(separator: ", ")
        throw DataError(
          name,
          "expected one of the element types \(known) for \(quoted(tensor)), found "
            + "\(quoted(element)); convert that tensor")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= end - start else {
        throw DataError(
          name,
          "expected the data of \(quoted(tensor)) within \(plural(end - start, "byte")), found "
            + "\(bracketed(offsets)); the file is damaged or incomplete, get it again")
      }
      let byteCount = offsets[1] - offsets[0]
      guard let type = checkedType(sizes, dtype), type.byteCount == byteCount else {
        throw DataError(
          name,
          "expected \(plural(byteCount, "byte")) of data for \(quoted(tensor)), found \(dtype) of "
            + "shape \(bracketed(sizes)); the file is damaged, get it again")
      }
      return Entry(name: tensor, type: type, bytes: start + offsets[0]..<start + offsets[1])
    }

    /// Sorts the entries by place and checks that each begins where the one before ends.
    private mutating func orderEntries(start: Int, end: Int) throws(DataError) {
      entries.sort { a, b in
        (a.bytes.lowerBound, a.bytes.upperBound) < (b.bytes.lowerBound, b.bytes.upperBound)
      }
      var position = start
      for entry in entries {
        guard entry.bytes.lowerBound == position else {
          throw DataError(
            name,
            "expected the data of \(quoted(entry.name)) to begin at \(position - start), found "
              + "\(entry.bytes.lowerBound - start): tensors overlap or leave a gap; the file is "
              + "damaged, get it again")
        }
        position = entry.bytes.upperBound
      }
      guard position == end else {
        throw DataError(
          name,
          "expected \(plural(position - start, "byte")) of data, found \(end - start); the file is "
            + "damaged, get it again")
      }
    }
  }
}
