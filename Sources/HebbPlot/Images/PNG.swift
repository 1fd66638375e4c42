/// Writes PNG files without compression, so that pictures can stand inside SVG and HTML.
///
/// This is no PNG library: it writes 8-bit gray, RGB and RGBA with stored deflate blocks, which
/// every reader understands, and reads nothing. That is all a chart needs, and it keeps charts free
/// of dependencies.
///
/// - SeeAlso: Portable Network Graphics (W3C), RFC 1950 (zlib), RFC 1951 (deflate).
package enum PNG {
  /// Returns the file.
  package static func encode(_ image: PixelImage) -> [UInt8] {
    let colorType: UInt8 =
      switch image.channels {
      case .gray: 0
      case .rgb: 2
      case .rgba: 6
      }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let header = bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height))
    // Depth 8; deflate, adaptive filtering, not interlaced are 0.
    appendChunk("IHDR", header + [8, colorType, 0, 0, 0], to: &file)
    appendChunk("IDAT", zlib(scanlines(image)), to: &file)
    appendChunk("IEND", [], to: &file)
    return file
  }

  /// Returns the cyclic redundancy check of PNG chunks (polynomial 0xEDB88320).
  package static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc = crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8)
    }
    return ~crc
  }

  /// Returns the checksum at the end of a zlib stream.
  package static func adler32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return b << 16 | a
  }

  /// Returns the rows, each after the number of its filter: 0, none.
  private static func scanlines(_ image: PixelImage) -> [UInt8] {
    let rowBytes = image.width * image.channels.rawValue
    var result: [UInt8] = []
    result.reserveCapacity((rowBytes + 1) * image.height)
    for row in 0..<image.height {
      result.append(0)
      result += image.pixels[row * rowBytes..<(row + 1) * rowBytes]
    }
    return result
  }

  /// Returns a zlib stream of stored blocks, 65,535 bytes each at most.
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01]
    result.reserveCapacity(bytes.count + bytes.count / 65_535 * 5 + 11)
    var start = 0
    repeat {
      let end = min(start + 65_535, bytes.count)
      let count = UInt16(end - start)
      result.append(end == bytes.count ? 1 : 0)
      for word in [count, ~count] {  // little-endian, and its complement as a check
        result += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
      }
      result += bytes[start..<end]
      start = end
    } while start < bytes.count
    return result + bigEndian(adler32(bytes))
  }

  private static func appendChunk(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
    let content = Array(type.utf8) + data
    file += bigEndian(UInt32(data.count)) + content + bigEndian(crc32(content))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    return value
  }
}

/// Writes bytes in the 64 characters that addresses can hold.
package enum Base64 {
  /// Returns `bytes` in base 64 with padding (RFC 4648, section 4).
  package static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for offset in 0..<3 {
        group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0)
      }
      for place in 0..<4 {
        let digit = Int(group >> UInt32(18 - 6 * place)) & 63
        result.append(place <= count ? alphabet[digit] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
