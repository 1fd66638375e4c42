import CZlib

/// Bytes in order from a part of a file, inflated on the way where they are compressed.
///
/// Nothing is held but one chunk of input, and nothing is produced that the caller has no room for.
struct ByteStream: ~Copyable {
  /// How the bytes lie in the file.
  enum Encoding {
    /// As they are.
    case stored
    /// In one or more gzip members.
    case gzip
    /// As one bare deflated stream.
    case deflate
  }

  let file: InputFile
  let encoding: Encoding
  /// What the stream is called in errors: the file, or an entry of an archive.
  let name: String

  private var position: Int
  private let end: Int
  private var inflater: Inflater?
  private var chunk: [UInt8] = []
  private var chunkPosition = 0
  private var hasEnded = false
  private let checksum: UInt32?
  private var runningChecksum: UInt32 = 0

  private static let chunkSize = 1 << 16

  /// The stream over `range` of `file`, which must lie inside it.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - range: The part of it; nil for all.
  ///   - encoding: How the bytes lie there.
  ///   - checksum: CRC-32 of all bytes that come out, for `expectEnd` to check; nil for none.
  ///   - name: What errors call the stream; nil for the name of the file.
  /// - Throws: `DataError` if there is no memory left.
  init(
    _ file: InputFile, in range: Range<Int>? = nil, encoding: Encoding, checksum: UInt32? = nil,
    name: String? = nil
  ) throws(DataError) {
    self.checksum = checksum
    let range = range ?? 0..<file.count
    self.file = file
    self.encoding = encoding
    self.name = name ?? file.name
    position = range.lowerBound
    end = range.upperBound
    switch encoding {
    case .stored: inflater = nil
    case .gzip: inflater = Inflater(.gzip)
    case .deflate: inflater = Inflater(.raw)
    }
    if encoding != .stored, inflater == nil {
      throw DataError(self.name, "cannot be decompressed: there is no memory left; free some")
    }
  }

  /// The stream over a whole file, inflated if it begins like gzip.
  init(detecting file: InputFile) throws(DataError) {
    let isGzip = file.count >= 2 ? try file.bytes(in: 0..<2) == [0x1f, 0x8b] : false
    try self.init(file, encoding: isGzip ? .gzip : .stored)
  }

  /// An upper bound of the bytes still to come, known without reading them.
  var maximumRemainingCount: Int {
    let unread = end - position + chunk.count - chunkPosition
    if encoding == .stored { return unread }
    // The inflater holds back up to eight bytes of input.
    return DeflateFormat.maximumInflatedCount(of: unread + 8)
  }

  /// Fills `buffer`, or as much of it as there are bytes left.
  ///
  /// - Returns: The number of bytes written.
  /// - Throws: `DataError` if the compressed data are cut off or damaged, or the file cannot be
  ///   read.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let count = try readUnchecked(into: buffer)
    if checksum != nil {
      runningChecksum = crc32(runningChecksum, of: .init(rebasing: buffer[..<count]))
    }
    return count
  }

  private mutating func readUnchecked(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(DataError) -> Int {
    if encoding == .stored {
      let count = min(buffer.count, end - position)
      try file.read(at: position, into: .init(rebasing: buffer[..<count]))
      position += count
      return count
    }
    var filled = 0
    while filled < buffer.count, !hasEnded {
      filled += try inflate(into: .init(rebasing: buffer[filled...]))
    }
    return filled
  }

  /// Fills `buffer`.
  ///
  /// - Throws: `DataError` if there are fewer bytes, or as `read(into:)`.
  mutating func readAll(
    into buffer: UnsafeMutableRawBufferPointer, _ what: String
  ) throws(DataError) {
    let count = try read(into: buffer)
    guard count == buffer.count else {
      throw DataError(
        name,
        "expected \(plural(buffer.count, "byte")) of \(what), found \(count); the file is "
          + "incomplete, get it again")
    }
  }

  /// The next `count` bytes, a small number that the caller has bounded.
  mutating func bytes(_ count: Int, _ what: String) throws(DataError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    let failure: DataError? = result.withUnsafeMutableBytes { buffer in
      do throws(DataError) {
        try readAll(into: buffer, what)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    return result
  }

  /// Whether there is another byte, which is lost then. Checks the checksum of compressed data at
  /// their end.
  ///
  /// - Throws: As `read(into:)`.
  mutating func hasMore() throws(DataError) -> Bool {
    if encoding == .stored { return position < end }
    let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
    defer { byte.deallocate() }
    return try read(into: byte) > 0
  }

  /// Checks that the stream ends here, and the checksum of compressed data with it.
  ///
  /// - Throws: `DataError` if there is more, or as `read(into:)`.
  mutating func expectEnd() throws(DataError) {
    guard try !hasMore() else {
      throw DataError(
        name,
        "expected the end of the data, found more bytes after it; the file is damaged, get it again"
      )
    }
    guard checksum == nil || checksum == runningChecksum else {
      throw DataError(name, "the checksum is wrong: the data are damaged; get the file again")
    }
  }

  /// Checks that `byteCount` bytes can follow, before memory is taken for them.
  ///
  /// - Parameters:
  ///   - byteCount: What the header calls for.
  ///   - description: What the header says.
  /// - Throws: `DataError` if the rest of the file is too small, or too large where that can be
  ///   seen.
  func expect(_ byteCount: Int, because description: String) throws(DataError) {
    let available = maximumRemainingCount
    guard byteCount <= available, encoding != .stored || byteCount == available else {
      throw DataError(
        name,
        "expected \(plural(byteCount, "byte")) of elements, because the header says "
          + "\(description), found \(encoding == .stored ? "" : "at most ")\(available); the file "
          + "is damaged or incomplete, get it again")
    }
  }

  /// One step of the inflater into a buffer that is not empty.
  private mutating func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int
  {
    if chunkPosition == chunk.count {
      guard position < end else {
        throw DataError(
          name, "the compressed data are cut off; the file is incomplete, get it again")
      }
      let next = min(end, position + Self.chunkSize)
      chunk = try file.bytes(in: position..<next)
      chunkPosition = 0
      position = next
    }
    let (bytes, start) = (chunk, chunkPosition)
    let (taken, given, outcome) = bytes.withUnsafeBytes { bytes in
      inflater?.step(from: .init(rebasing: bytes[start...]), into: buffer) ?? (0, 0, .damaged)
    }
    chunkPosition += taken
    switch outcome {
    case .continue: break
    case .damaged:
      throw DataError(name, "the compressed data are damaged; get the file again")
    case .ended: try endMember()
    }
    return given
  }

  /// After a compressed stream: the end, or another gzip member, else rubbish.
  private mutating func endMember() throws(DataError) {
    let unread = end - position + chunk.count - chunkPosition
    guard unread > 0 else {
      hasEnded = true
      return
    }
    // As `cat a.gz b.gz` writes it. A first byte that fits is judged by the inflater.
    let next = chunkPosition < chunk.count ? chunk[chunkPosition] : 0x1f
    guard encoding == .gzip, next == 0x1f else {
      throw DataError(
        name,
        "expected the end of the compressed data, found \(plural(unread, "byte")) after it; the "
          + "file is damaged, get it again")
    }
    inflater?.reset()
  }
}

/// The CRC-32 of gzip, zip and PNG, continued from `checksum`.
func crc32(_ checksum: UInt32, of bytes: UnsafeRawBufferPointer) -> UInt32 {
  // zlib takes a missing address for the wish to begin anew.
  guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return checksum }
  return UInt32(truncatingIfNeeded: crc32_z(UInt(checksum), base, bytes.count))
}
