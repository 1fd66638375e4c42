/// The entries of a zip archive, checked when it is opened and read when they are asked for.
///
/// - SeeAlso: PKWARE's APPNOTE.TXT; entries beyond 4 GiB (zip64) included. Encrypted archives and
///   other methods than store and deflate are errors.
struct ZipArchive: Sendable {
  /// One file of the archive.
  struct Entry: Sendable {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    /// Its size when inflated, as the archive says.
    let count: Int
    /// Where its data lie.
    fileprivate(set) var bytes: Range<Int>
  }

  let file: InputFile
  /// In the order of their data.
  let entries: [Entry]

  private static let maximumDirectorySize = 1 << 27

  /// Reads the directory of an archive and checks that the entries lie inside the file and do not
  /// overlap.
  ///
  /// - Throws: `DataError` if this is not a zip archive or a damaged one.
  init(_ file: InputFile) throws(DataError) {
    self.file = file
    let directory = try Self.findDirectory(file)
    guard directory.count <= Self.maximumDirectorySize else {
      throw DataError(
        file.name,
        "expected a zip directory of at most \(Self.maximumDirectorySize) bytes, found "
          + "\(directory.count); split the archive")
    }
    var entries = try Self.readDirectory(file, directory)
    entries.sort { $0.bytes.lowerBound < $1.bytes.lowerBound }
    var names: Set<String> = []
    for index in entries.indices {
      // Until here the range began at the local header; entries may not reach into the next one.
      let end =
        index + 1 < entries.count ? entries[index + 1].bytes.lowerBound : directory.lowerBound
      entries[index].bytes = try Self.locateData(of: entries[index], before: end, file)
      guard names.insert(entries[index].name).inserted else {
        throw DataError(
          file.name,
          "expected each entry once, found \(quoted(entries[index].name)) again; write the archive "
            + "anew")
      }
    }
    self.entries = entries
  }

  /// The contents of an entry from the beginning.
  func stream(of entry: Entry) throws(DataError) -> ByteStream {
    try ByteStream(
      file, in: entry.bytes, encoding: entry.isDeflated ? .deflate : .stored,
      checksum: entry.checksum, name: "\(file.name)/\(entry.name)")
  }

  // MARK: - Directory

  private static func damaged(_ file: InputFile, _ what: String) -> DataError {
    DataError(
      file.name, "expected a zip archive, found \(what); the file is damaged, get it again")
  }

  /// The place of the central directory, from the record at the end of the file.
  private static func findDirectory(_ file: InputFile) throws(DataError) -> Range<Int> {
    // The record has 22 bytes and a comment of up to 65535.
    let tailStart = max(0, file.count - 22 - 0xffff)
    let tail = Fields(try file.bytes(in: tailStart..<file.count))
    let place = stride(from: tail.count - 22, through: 0, by: -1).first { start in
      tail.uint32(start) == 0x0605_4b50 && start + 22 + tail.uint16(start + 20) == tail.count
    }
    guard let place else {
      throw DataError(
        file.name,
        "expected a zip archive, found no directory at the end; the file is incomplete or of "
          + "another kind")
    }
    var size = tail.uint32(place + 12)
    var start = tail.uint32(place + 16)
    var end = tailStart + place
    if tail.uint16(place + 10) == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff {
      guard end >= 20 else { throw damaged(file, "a directory without place") }
      let locator = Fields(try file.bytes(in: end - 20..<end))
      guard locator.uint32(0) == 0x0706_4b50, let place = locator.uint64(8), place <= end - 20 - 56
      else { throw damaged(file, "a directory without place") }
      let record = Fields(try file.bytes(in: place..<place + 56))
      guard record.uint32(0) == 0x0606_4b50, let longSize = record.uint64(40),
        let longStart = record.uint64(48)
      else { throw damaged(file, "a directory without place") }
      (size, start, end) = (longSize, longStart, place)
    }
    guard start <= end, size <= end - start else {
      throw damaged(file, "a directory outside the file")
    }
    return start..<start + size
  }

  /// The entries; the ranges begin at the local headers and are as long as the compressed data.
  private static func readDirectory(
    _ file: InputFile, _ range: Range<Int>
  ) throws(DataError) -> [Entry] {
    let fields = Fields(try file.bytes(in: range))
    var entries: [Entry] = []
    var position = 0
    while position < fields.count {
      guard fields.count - position >= 46, fields.uint32(position) == 0x0201_4b50 else {
        throw damaged(file, "a directory that breaks off")
      }
      let nameCount = fields.uint16(position + 28)
      let extraCount = fields.uint16(position + 30)
      let extraStart = position + 46 + nameCount
      let next = extraStart + extraCount + fields.uint16(position + 32)
      guard next <= fields.count else { throw damaged(file, "a directory that breaks off") }
      let name = String(decoding: fields.bytes[position + 46..<extraStart], as: UTF8.self)
      let flags = fields.uint16(position + 8)
      let method = fields.uint16(position + 10)
      guard flags & 1 == 0, method == 0 || method == 8 else {
        throw DataError(
          file.name,
          "expected entries that are stored or deflated, found \(quoted(name)) with method "
            + "\(method)\(flags & 1 == 1 ? ", encrypted" : ""); write the archive anew")
      }
      var count = fields.uint32(position + 24)
      var compressedCount = fields.uint32(position + 20)
      var start = fields.uint32(position + 42)
      let extra = Fields(Array(fields.bytes[extraStart..<extraStart + extraCount]))
      guard extra.replaceSaturated(&count, &compressedCount, &start) else {
        throw damaged(file, "an entry \(quoted(name)) without size")
      }
      guard start <= range.lowerBound, compressedCount <= range.lowerBound - start,
        method == 8 || count == compressedCount
      else { throw damaged(file, "an entry \(quoted(name)) outside the file") }
      entries.append(
        Entry(
          name: name, isDeflated: method == 8, checksum: UInt32(fields.uint32(position + 16)),
          count: count, bytes: start..<start + compressedCount))
      position = next
    }
    return entries
  }

  /// The place of the data, which follow the local header.
  private static func locateData(
    of entry: Entry, before end: Int, _ file: InputFile
  ) throws(DataError) -> Range<Int> {
    let start = entry.bytes.lowerBound
    guard end - start >= 30 else { throw damaged(file, "entries that overlap") }
    let header = Fields(try file.bytes(in: start..<start + 30))
    guard header.uint32(0) == 0x0403_4b50 else {
      throw damaged(file, "an entry \(quoted(entry.name)) without header")
    }
    let dataStart = start + 30 + header.uint16(26) + header.uint16(28)
    guard dataStart <= end, entry.bytes.count <= end - dataStart else {
      throw damaged(file, "entries that overlap")
    }
    return dataStart..<dataStart + entry.bytes.count
  }
}

/// Little-endian numbers at places of an array.
private struct Fields {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func uint16(_ start: Int) -> Int { Int(bytes[start]) | Int(bytes[start + 1]) << 8 }

  func uint32(_ start: Int) -> Int { uint16(start) | uint16(start + 2) << 16 }

  /// Nil where the number is beyond any file.
  func uint64(_ start: Int) -> Int? {
    let high = uint32(start + 4)
    return high < 1 << 31 ? uint32(start) | high << 32 : nil
  }

  /// Looks for zip64's extra field where a number is all ones, and takes it from there.
  ///
  /// - Returns: Whether all numbers are known.
  func replaceSaturated(_ count: inout Int, _ compressedCount: inout Int, _ start: inout Int)
    -> Bool
  {
    let saturated = 0xffff_ffff
    guard count == saturated || compressedCount == saturated || start == saturated else {
      return true
    }
    var position = 0
    while position + 4 <= self.count {
      let end = position + 4 + uint16(position + 2)
      guard end <= self.count else { return false }
      if uint16(position) == 1 {
        position += 4
        func replace(_ number: inout Int) -> Bool {
          guard number == saturated else { return true }
          guard position + 8 <= end, let value = uint64(position) else { return false }
          number = value
          position += 8
          return true
        }
        return replace(&count) && replace(&compressedCount) && replace(&start)
      }
      position = end
    }
    return false
  }
}
