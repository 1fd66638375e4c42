/// Writes a zip archive from beginning to end. The same entries give the same bytes: every entry
/// has the earliest date of the format.
struct ZipWriter {
  private let name: String
  private var directory: [UInt8] = []
  private var entryCount = 0
  private var position = 0

  /// A writer whose errors begin with `name`.
  init(name: String) { self.name = name }

  /// The bytes of the next entry.
  ///
  /// - Parameters:
  ///   - entry: Its name.
  ///   - contents: What it holds.
  ///   - isDeflated: Whether it is compressed.
  /// - Returns: Header and data.
  /// - Throws: `DataError` if the archive grows past 4 GiB or 65534 entries.
  mutating func entry(
    _ entry: String, _ contents: [UInt8], isDeflated: Bool
  ) throws(DataError) -> [UInt8] {
    let checksum = contents.withUnsafeBytes { crc32(0, of: $0) }
    let data = isDeflated ? deflated(contents, .raw, level: 6) : contents
    let nameBytes = Array(entry.utf8)
    guard max(contents.count, data.count, position) < 0xffff_ffff - 0x2_0000 - data.count,
      entryCount < 0xfffe, nameBytes.count <= 0xffff
    else {
      throw DataError(
        name,
        "expected less than 4 GiB and 65535 arrays, found more; write several files or safetensors")
    }
    // Version 2.0, UTF-8 names, method, midnight of 1980-01-01.
    var common = little(20, 2) + little(0x800, 2) + little(isDeflated ? 8 : 0, 2)
    common += little(0, 2) + little(0x21, 2) + little(Int(checksum), 4)
    common += little(data.count, 4) + little(contents.count, 4) + little(nameBytes.count, 2)
    common += little(0, 2)
    directory += little(0x0201_4b50, 4) + little(20, 2) + common
    directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(position, 4)
    directory += nameBytes
    entryCount += 1
    let bytes = little(0x0403_4b50, 4) + common + nameBytes + data
    position += bytes.count
    return bytes
  }

  /// The bytes after the last entry.
  func end() -> [UInt8] {
    var bytes = directory + little(0x0605_4b50, 4) + little(0, 4)
    bytes += little(entryCount, 2) + little(entryCount, 2)
    bytes += little(directory.count, 4) + little(position, 4) + little(0, 2)
    return bytes
  }

  private func little(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
