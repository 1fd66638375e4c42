/// The bytes of pickles in order, read from the file in chunks: in the old format nobody knows where
/// they end before they have been read.
struct PickleReader {
  let file: InputFile
  /// Where the next byte lies in the file.
  private(set) var position: Int
  private let end: Int
  private let start: Int
  private var chunk: [UInt8] = []
  private var chunkPosition = 0

  /// The largest size of all pickles of a file together; those of large models have a megabyte.
  static let maximumSize = 1 << 25
  private static let chunkSize = 1 << 16

  init(_ file: InputFile, in range: Range<Int>) {
    self.file = file
    start = range.lowerBound
    position = range.lowerBound
    end = range.upperBound
  }

  /// An error about what was found at this place.
  func damaged(_ what: String) -> DataError {
    DataError(
      file.name,
      "expected a pickle of PyTorch, found \(what) at byte \(position); the file is damaged or of "
        + "another kind")
  }

  /// The next byte.
  mutating func byte() throws(DataError) -> UInt8 {
    if chunkPosition == chunk.count { try fill() }
    defer {
      chunkPosition += 1
      position += 1
    }
    return chunk[chunkPosition]
  }

  /// The next bytes; their number is checked before memory is taken.
  mutating func bytes(_ count: Int) throws(DataError) -> [UInt8] {
    guard count >= 0, count <= end - position else { throw damaged("its end too early") }
    guard count <= start + Self.maximumSize - position else { throw tooLarge }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      if chunkPosition == chunk.count { try fill() }
      let part = min(count - result.count, chunk.count - chunkPosition)
      result += chunk[chunkPosition..<chunkPosition + part]
      chunkPosition += part
      position += part
    }
    return result
  }

  /// The next bytes as a little-endian number without sign, eight bytes at most.
  mutating func unsigned(_ count: Int) throws(DataError) -> UInt64 {
    var result: UInt64 = 0
    for place in 0..<count { result |= UInt64(try byte()) << UInt64(8 * place) }
    return result
  }

  /// The next bytes as a size.
  mutating func size(_ count: Int) throws(DataError) -> Int {
    guard let size = Int(exactly: try unsigned(count)) else { throw damaged("an absurd size") }
    return size
  }

  /// The text up to the next line end, 1,000 bytes at most.
  mutating func line() throws(DataError) -> String {
    var result: [UInt8] = []
    while result.count <= 1_000 {
      let next = try byte()
      if next == UInt8(ascii: "\n") { return String(decoding: result, as: UTF8.self) }
      result.append(next)
    }
    throw damaged("a name without end")
  }

  private mutating func fill() throws(DataError) {
    guard position < end else { throw damaged("its end too early") }
    guard position - start < Self.maximumSize else { throw tooLarge }
    chunk = try file.bytes(in: position..<min(end, position + Self.chunkSize))
    chunkPosition = 0
  }

  private var tooLarge: DataError {
    DataError(
      file.name,
      "expected at most \(Self.maximumSize) bytes beside the tensors, found more; save "
        + "model.state_dict() alone")
  }
}
