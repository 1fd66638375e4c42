import HebbPlot
import Testing

@Suite struct PNGTests {
  @Test func checksums() {
    // The check values of the catalog of CRC algorithms and of RFC 1950's example text.
    #expect(PNG.crc32("123456789".utf8) == 0xCBF4_3926)
    #expect(PNG.adler32("Wikipedia".utf8) == 0x11E6_0398)
    // Long enough for the sums to wrap around; the values are those of Python's zlib.
    let long = [UInt8](repeating: 255, count: 10_000)
    #expect(PNG.crc32(long) == 0x133C_790D && PNG.adler32(long) == 0xB623_EB2B)
    #expect(PNG.crc32([]) == 0 && PNG.adler32([]) == 1)
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func base64(text: String) {
    // RFC 4648, section 10
    let expected = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
      "foobar": "Zm9vYmFy",
    ]
    #expect(Base64.encode(Array(text.utf8)) == expected[text])
  }

  /// The smallest picture, one black pixel; Python's zlib and Pillow read the same bytes.
  @Test func onePixel() {
    let bytes = PixelImage(width: 1, height: 1, pixels: [0]).png()
    #expect(
      bytes == [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0,
        0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 13, 0x49, 0x44, 0x41,
        0x54, 0x78, 0x01, 1, 2, 0, 0xFD, 0xFF, 0, 0, 0, 2, 0, 1, 0x7E, 0x05, 0x0D, 0xD2, 0, 0, 0,
        0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
      ])
  }

  @Test(arguments: [
    (3, 2, PixelImage.Channels.gray), (5, 7, .rgb), (4, 4, .rgba), (300, 300, .rgb),
    (65_535 / 5 - 1, 5, .gray), (13_107, 5, .gray), (16_384, 4, .gray),
  ])
  func structure(width: Int, height: Int, channels: PixelImage.Channels) throws {
    let count = width * height * channels.rawValue
    let pixels = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
    let image = PixelImage(width: width, height: height, channels: channels, pixels: pixels)
    var reader = Reader(bytes: image.png())
    #expect(reader.take(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    let chunks = ["IHDR", "IDAT", "IEND"].map { reader.chunk($0) }
    let header = try #require(chunks[0])
    #expect(number(header[0..<4]) == width && number(header[4..<8]) == height)
    #expect(header[8] == 8 && header[9] == [.gray: 0, .rgb: 2, .rgba: 6][channels])
    let data = try #require(chunks[1])
    #expect(chunks[2] == [])
    #expect(reader.isAtEnd)
    let lines = try #require(inflated(data))
    let rowBytes = width * channels.rawValue
    #expect(lines.count == (rowBytes + 1) * height)
    var read: [UInt8] = []
    for row in 0..<height {
      #expect(lines[row * (rowBytes + 1)] == 0)
      read += lines[row * (rowBytes + 1) + 1..<(row + 1) * (rowBytes + 1)]
    }
    #expect(read == pixels)
  }

  @Test func planesBecomePixels() {
    let image = PixelImage(
      planes: [0, 1, 0.5, -3, .nan, 7], width: 2, height: 1, channels: .rgb)
    #expect(image.pixels == [0, 128, 0, 255, 0, 255])
  }

  /// Reads the chunks of a file and checks their sums.
  private struct Reader {
    var bytes: [UInt8]
    var place = 0

    var isAtEnd: Bool { place == bytes.count }

    mutating func take(_ count: Int) -> [UInt8] {
      defer { place += count }
      return Array(bytes[place..<place + count])
    }

    mutating func chunk(_ type: String) -> [UInt8]? {
      let size = number(take(4)[...])
      let content = take(4 + size)
      guard number(take(4)[...]) == Int(PNG.crc32(content)) else { return nil }
      return Array(content.prefix(4)) == Array(type.utf8) ? Array(content.dropFirst(4)) : nil
    }
  }

  /// Reads a zlib stream of stored blocks; nil if a length or the sum is wrong.
  private func inflated(_ stream: [UInt8]) -> [UInt8]? {
    guard (Int(stream[0]) * 256 + Int(stream[1])) % 31 == 0 else { return nil }
    var (place, isLast) = (2, false)
    var result: [UInt8] = []
    while !isLast {
      isLast = stream[place] == 1
      let size = Int(stream[place + 1]) + Int(stream[place + 2]) << 8
      let check = Int(stream[place + 3]) + Int(stream[place + 4]) << 8
      guard size ^ check == 0xFFFF else { return nil }
      result += stream[place + 5..<place + 5 + size]
      place += 5 + size
    }
    let sum = number(stream[place..<place + 4])
    return sum == Int(PNG.adler32(result)) && place + 4 == stream.count ? result : nil
  }
}

private func number(_ bytes: ArraySlice<UInt8>) -> Int {
  bytes.reduce(0) { $0 << 8 | Int($1) }
}
