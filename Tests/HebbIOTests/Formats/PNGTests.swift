import HebbCore
import HebbIO
import HebbTestSupport
import Testing

struct PNGTests {
  let folder = TemporaryFolder()

  // Written by Pillow 13.0.0 from the same 2 x 3 pixels.
  static let color = bytes(
    """
    89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d0000001c49444154789c63f8cfc0c0
    f09f8181e13f239788dcbe00911d327e0037bf057fc2c180800000000049454e44ae426082
    """)
  static let gray = bytes(
    """
    89504e470d0a1a0a0000000d4948445200000003000000020800000000b81f39c60000001049444154789c6364707060
    38f0eb3f000803033b1ff0102d0000000049454e44ae426082
    """)
  static let bits = bytes(
    """
    89504e470d0a1a0a0000000d4948445200000003000000020100000000b50f5bb70000000c49444154789c6350607800
    00014401015d2af1ca0000000049454e44ae426082
    """)
  static let palette = bytes(
    """
    89504e470d0a1a0a0000000d49484452000000030000000204030000006f5a7b2900000012504c544500ff00808080c8
    64320a141eff00000000ffdc541a6e0000000e49444154789c63741060f9740100044c021856d43a9a0000000049454e
    44ae426082
    """)
  static let transparent = bytes(
    """
    89504e470d0a1a0a0000000d49484452000000030000000208060000009d74661a0000002349444154789c63f8cfc0f0
    9fe13f030303c3ffff8c5c2272fff7058834ee90f1ab07007aaa097c417576490000000049454e44ae426082
    """)
  static let deep = bytes(
    """
    89504e470d0a1a0a0000000d4948445200000003000000021000000000e88fe5850000001649444154789c6360606860
    f8ff9f41c884e13f2303001aec03c50473bed30000000049454e44ae426082
    """)

  static let colors: [UInt8] = [
    255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 200, 100, 50, 128, 128, 128,
  ]

  private func pixels(_ bytes: [UInt8], as channels: PNG.Channels = .asStored) throws -> [UInt8] {
    try PNG.decode(bytes, as: channels, name: "f").scalars(as: UInt8.self)
  }

  @Test func readsColors() throws {
    let tensor = try PNG.decode(Self.color)
    #expect(tensor.type == TensorType([2, 3, 3], .uint8))
    #expect(tensor.scalars(as: UInt8.self) == Self.colors)
    #expect(try pixels(Self.palette) == Self.colors)
    #expect(try PNG.read(folder.write(Self.color, "f.png")).shape == [2, 3, 3])
  }

  @Test func convertsColorsToGrayAsPillowDoes() throws {
    let tensor = try PNG.decode(Self.color, as: .gray)
    #expect(tensor.type == TensorType([2, 3], .uint8))
    // Image.convert("L")
    #expect(tensor.scalars(as: UInt8.self) == [76, 150, 29, 18, 124, 128])
  }

  @Test func readsGray() throws {
    let levels: [UInt8] = [0, 64, 128, 192, 250, 255]
    let tensor = try PNG.decode(Self.gray)
    #expect(tensor.type == TensorType([2, 3], .uint8))
    #expect(tensor.scalars(as: UInt8.self) == levels)
    #expect(try pixels(Self.gray, as: .gray) == levels)
    let rgb = try PNG.decode(Self.gray, as: .rgb)
    #expect(rgb.shape == [2, 3, 3])
    #expect(rgb.scalars(as: UInt8.self) == levels.flatMap { [$0, $0, $0] })
    #expect(try pixels(Self.bits) == [0, 0, 255, 255, 255, 255])
  }

  @Test func scalesSixteenBits() throws {
    // 0, 0x8000, 0xffff, 0x1234, 0x00ff, 0x0100, each times 255 / 65535 and rounded.
    #expect(try pixels(Self.deep) == [0, 128, 255, 18, 1, 1])
  }

  @Test func transparentPartsAreWhite() throws {
    let read = try pixels(Self.transparent)
    // The second pixel is transparent, the one before the last half so.
    #expect(read[0..<9] == [255, 0, 0, 255, 255, 255, 0, 0, 255])
    #expect(read[9..<12] == [10, 20, 30] && read[15..<18] == [128, 128, 128])
    #expect(read[12] > 200 && read[13] > 100 && read[14] > 50)
  }

  @Test(arguments: [[1, 1], [7, 5], [28, 28], [1, 300], [5, 4, 3], [64, 1, 3]])
  func roundTrips(sizes: [Int]) throws {
    let shape = Shape(sizes)
    let noise = (0..<shape.elementCount).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
    let path = folder.file("f.png")
    try PNG.write(Tensor(noise, shape: shape), to: path)
    let copy = try PNG.read(path)
    #expect(copy.shape == shape)
    #expect(copy.scalars(as: UInt8.self) == noise)
  }

  @Test func rejectsOtherFiles() {
    let sentence =
      "f: expected a PNG picture, found something else; check that this is the right file"
    expectError(sentence) { _ = try pixels([]) }
    expectError(sentence) { _ = try pixels(Array("GIF89a".utf8)) }
    expectError(sentence) { _ = try pixels(Array(Self.color[..<32])) }
  }

  @Test func everyTruncationAndDamageIsNoticed() {
    // All but the last chunk, which holds nothing.
    for count in 33..<Self.color.count - 12 {
      #expect(throws: DataError.self) { try pixels(Array(Self.color[..<count])) }
    }
    var damaged = Self.color
    damaged[45] ^= 0xff
    #expect {
      try pixels(damaged)
    } throws: {
      "\($0)".hasPrefix("f: expected a PNG picture, found damaged data (")
    }
  }

  @Test func absurdSizesTakeNoMemory() {
    func picture(_ width: UInt32, _ height: UInt32) -> [UInt8] {
      var bytes = Self.color
      bytes.replaceSubrange(16..<24, with: bigEndian(width) + bigEndian(height))
      return Samples.withRightChecksums(bytes)
    }
    expectError(
      "f: expected a picture of 1 to 67108864 pixels, found 4294967295 times 4294967295; scale it "
        + "down or check that it is not damaged"
    ) { _ = try pixels(picture(.max, .max)) }
    expectError(
      "f: expected a picture of 1 to 67108864 pixels, found 0 times 1; scale it down or check that "
        + "it is not damaged"
    ) { _ = try pixels(picture(0, 1)) }
    expectError(
      "f: expected data for 8192 times 8192 pixels, found 85 bytes; the file is damaged or "
        + "incomplete, get it again"
    ) { _ = try pixels(picture(8192, 8192)) }
    expectError(
      "f: expected a picture of 1 to 5 pixels, found 3 times 2; scale it down or check that it is "
        + "not damaged"
    ) { _ = try PNG.decode(Self.color, pixelLimit: 5, name: "f") }
  }

  @Test func writesOnlyPictures() {
    let type = "uint8[height, width] or uint8[height, width, 3] of 1 to 268435456 pixels"
    expectError("f: expected a picture \(type), found float32[1, 1]; convert it") {
      _ = try PNG.encode(Tensor([1] as [Float], shape: [1, 1]), name: "f")
    }
    expectError("f: expected a picture \(type), found uint8[1, 1, 4]; convert it") {
      _ = try PNG.encode(Tensor([1, 2, 3, 4] as [UInt8], shape: [1, 1, 4]), name: "f")
    }
    expectError("f: expected a picture \(type), found uint8[0, 5]; convert it") {
      _ = try PNG.encode(Tensor([] as [UInt8], shape: [0, 5]), name: "f")
    }
  }
}
