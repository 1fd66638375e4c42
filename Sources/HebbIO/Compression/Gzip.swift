import CZlib

/// The gzip format (RFC 1952), through zlib.
public enum Gzip {
  /// The contents of gzip data; several members in a row are joined, as `gunzip` does.
  ///
  /// - Parameters:
  ///   - bytes: The compressed data.
  ///   - limit: The largest number of bytes to produce; more is an error as soon as it shows.
  ///   - name: What errors call the data.
  /// - Returns: The contents.
  /// - Throws: `DataError` if the data are cut off or damaged, have something else after them, or
  ///   inflate to more than `limit` bytes.
  public static func decompress(
    _ bytes: [UInt8], limit: Int, name: String = "gzip data"
  ) throws(DataError) -> [UInt8] {
    try decompress(InputFile(bytes: bytes, name: name), limit: limit)
  }

  /// The contents of a gzip file.
  ///
  /// - Parameters:
  ///   - file: The compressed file.
  ///   - limit: The largest number of bytes to produce; more is an error as soon as it shows.
  /// - Returns: The contents.
  /// - Throws: `DataError` as for bytes in memory, or if the file cannot be read.
  public static func decompress(_ file: InputFile, limit: Int) throws(DataError) -> [UInt8] {
    var stream = try ByteStream(file, encoding: .gzip)
    var result: [UInt8] = []
    while true {
      // Memory grows with what has really come, not with what a header promises.
      let room = min(max(result.count, 1 << 16), limit - result.count)
      guard room > 0 else { break }
      let part = try stream.upTo(room)
      result += part
      if part.count < room { break }
    }
    guard try !stream.hasMore() else {
      throw DataError(
        file.name,
        "expected at most \(plural(limit, "byte")) after decompression, found more; check that "
          + "this is the right file")
    }
    return result
  }

  /// Gzip data with these contents. The same contents give the same bytes: no time and no name is
  /// stored.
  ///
  /// - Parameters:
  ///   - bytes: The contents.
  ///   - level: 1, fast, to 9, small.
  /// - Returns: The compressed data.
  public static func compress(_ bytes: [UInt8], level: Int = 9) -> [UInt8] {
    deflated(bytes, .gzip, level: level)
  }
}

extension ByteStream {
  /// The next `count` bytes, or all that are left.
  mutating func upTo(_ count: Int) throws(DataError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var filled = 0
    let failure: DataError? = result.withUnsafeMutableBytes { buffer in
      do throws(DataError) {
        filled = try read(into: buffer)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    result.removeSubrange(filled...)
    return result
  }
}

/// `bytes` deflated in one go.
func deflated(_ bytes: [UInt8], _ format: DeflateFormat, level: Int) -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  let level = Int32(min(max(level, 1), 9))
  return withUnsafeMutablePointer(to: &stream) { stream in
    let status = deflateInit2_(
      stream, level, Z_DEFLATED, format.windowBits, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    precondition(status == Z_OK, "there is no memory left to compress data")
    defer { deflateEnd(stream) }
    var result: [UInt8] = []
    var output = [UInt8](repeating: 0, count: 1 << 16)
    var position = 0
    while true {
      let next = min(bytes.count, position + 1 << 30)
      let (taken, given, status) = bytes.withUnsafeBytes { input in
        output.withUnsafeMutableBytes { output in
          let part = UnsafeRawBufferPointer(rebasing: input[position..<next])
          let source = part.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.next_in = source.map { UnsafeMutablePointer(mutating: $0) }
          stream.pointee.avail_in = UInt32(part.count)
          stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(output.count)
          let status = deflate(stream, next == bytes.count ? Z_FINISH : Z_NO_FLUSH)
          return (
            part.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out),
            status
          )
        }
      }
      position += taken
      result += output[..<given]
      if status == Z_STREAM_END { return result }
    }
  }
}
