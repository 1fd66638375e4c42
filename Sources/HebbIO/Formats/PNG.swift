import CPNG
import HebbCore

/// Pictures in the PNG format, through libpng.
public enum PNG {
  /// The channels of the tensor that a picture becomes.
  public enum Channels: Sendable, Hashable, CaseIterable {
    /// One channel for gray pictures, three for all others.
    case asStored
    /// Brightness, `[height, width]`: 0.299 red + 0.587 green + 0.114 blue, as Pillow has it.
    case gray
    /// Red, green, blue, `[height, width, 3]`.
    case rgb
  }

  /// The largest number of pixels read unless the caller says otherwise, 2²⁶ (8192 times 8192).
  public static let defaultPixelLimit = 1 << 26

  /// Reads a picture.
  ///
  /// Any kind of PNG becomes `uint8`: 16 bits are scaled to 8, palettes are looked up, transparent
  /// parts show white behind them.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - channels: What to convert to.
  ///   - pixelLimit: The largest number of pixels accepted.
  /// - Returns: `[height, width]` or `[height, width, 3]`.
  /// - Throws: `DataError` if the file cannot be read, is not a PNG, is damaged or too large.
  public static func read(
    _ path: String, as channels: Channels = .asStored, pixelLimit: Int = defaultPixelLimit
  ) throws(DataError) -> Tensor {
    let bytes = try FileReading.bytes(of: path, limit: 1 << 28)
    return try decode(bytes, as: channels, pixelLimit: pixelLimit, name: path)
  }

  /// Decodes a picture in memory.
  ///
  /// - Parameters:
  ///   - bytes: The contents of a PNG file.
  ///   - channels: What to convert to.
  ///   - pixelLimit: The largest number of pixels accepted.
  ///   - name: What errors call the picture.
  /// - Returns: `[height, width]` or `[height, width, 3]`.
  /// - Throws: `DataError` if this is not a PNG, is damaged or too large.
  public static func decode(
    _ bytes: [UInt8], as channels: Channels = .asStored, pixelLimit: Int = defaultPixelLimit,
    name: String = "PNG data"
  ) throws(DataError) -> Tensor {
    let header = try Header(bytes, pixelLimit: pixelLimit, name: name)
    // libpng's state points back to this structure, so it has to stay in place.
    let image = UnsafeMutablePointer<png_image>.allocate(capacity: 1)
    image.initialize(to: png_image())
    defer {
      png_image_free(image)
      image.deallocate()
    }
    image.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
    let decodesGray = header.isGray && channels != .rgb
    let pixelSize = decodesGray ? 1 : 3
    let (width, height) = (header.width, header.height)

    // `bytes` must stay where it is from the first call to the last.
    func decode(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) {
      let succeeded = bytes.withUnsafeBytes { bytes in
        guard png_image_begin_read_from_memory(image, bytes.baseAddress, bytes.count) != 0,
          Int(image.pointee.width) == width, Int(image.pointee.height) == height
        else { return false }
        image.pointee.format = decodesGray ? 0 : png_uint_32(PNG_FORMAT_FLAG_COLOR)
        // Else 16-bit pictures are taken for linear light.
        image.pointee.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
        var white = png_color(red: 255, green: 255, blue: 255)
        let stride = png_int_32(width * pixelSize)
        return png_image_finish_read(image, &white, buffer.baseAddress, stride, nil) != 0
      }
      guard succeeded else {
        throw DataError(
          name, "expected a PNG picture, found damaged data (\(message(of: image))); get it again")
      }
    }

    if pixelSize == 3, channels == .gray {
      let colors = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 3 * width * height, alignment: 16)
      defer { colors.deallocate() }
      try decode(into: colors)
      return Tensor(type: TensorType([height, width], .uint8)) { gray in
        for pixel in 0..<gray.count {
          // Coefficients times 2¹⁶.
          let red = 19_595 * UInt32(colors[3 * pixel])
          let green = 38_470 * UInt32(colors[3 * pixel + 1])
          let blue = 7_471 * UInt32(colors[3 * pixel + 2])
          gray[pixel] = UInt8((red + green + blue + 0x8000) >> 16)
        }
      }
    }
    let shape: Shape = decodesGray ? [height, width] : [height, width, 3]
    return try Tensor(type: TensorType(shape, .uint8)) { (buffer) throws(DataError) in
      try decode(into: buffer)
    }
  }

  /// Writes a picture, all or nothing.
  ///
  /// - Parameters:
  ///   - picture: `uint8[height, width]` or `uint8[height, width, 3]`.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if the tensor is not a picture or the file cannot be written.
  public static func write(_ picture: Tensor, to path: String) throws(DataError) {
    try AtomicFile.write(encode(picture, name: path), to: path)
  }

  /// The picture as the contents of a PNG file.
  ///
  /// - Parameters:
  ///   - picture: `uint8[height, width]` or `uint8[height, width, 3]`.
  ///   - name: What errors call the picture.
  /// - Returns: The bytes of the file.
  /// - Throws: `DataError` if the tensor is not a picture, or has more than 2²⁸ pixels.
  public static func encode(
    _ picture: Tensor, name: String = "PNG data"
  ) throws(DataError) -> [UInt8] {
    let shape = picture.shape
    guard picture.dtype == .uint8, shape.rank == 2 || (shape.rank == 3 && shape[2] == 3),
      shape[0] > 0, shape[1] > 0, shape[0] < 1 << 24, shape[1] < 1 << 24,
      shape[0] * shape[1] <= 1 << 28
    else {
      throw DataError(
        name,
        "expected a picture uint8[height, width] or uint8[height, width, 3] of 1 to \(1 << 28) "
          + "pixels, found \(picture.type); convert it")
    }
    let image = UnsafeMutablePointer<png_image>.allocate(capacity: 1)
    image.initialize(to: png_image())
    defer {
      png_image_free(image)
      image.deallocate()
    }
    image.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
    image.pointee.width = png_uint_32(shape[1])
    image.pointee.height = png_uint_32(shape[0])
    image.pointee.format = shape.rank == 2 ? 0 : png_uint_32(PNG_FORMAT_FLAG_COLOR)

    // PNG_IMAGE_PNG_SIZE_MAX, which Swift does not see: one filter byte a row, zlib's worst case,
    // and the chunks around it.
    let dataCount = shape.elementCount + shape[0]
    let chunkCount = dataCount / (1 << 12) + 64
    var size = dataCount + dataCount / 8 + dataCount / 64 + 16 * chunkCount + 1024
    var bytes = [UInt8](repeating: 0, count: size)
    let succeeded = picture.withBytes { pixels in
      bytes.withUnsafeMutableBytes { bytes in
        png_image_write_to_memory(
          image, bytes.baseAddress, &size, 0, pixels.baseAddress, 0, nil) != 0
      }
    }
    guard succeeded else {
      throw DataError(name, "the picture cannot be compressed (\(message(of: image))); free memory")
    }
    bytes.removeSubrange(size...)
    return bytes
  }

  /// What libpng says is wrong.
  private static func message(of image: UnsafeMutablePointer<png_image>) -> String {
    let text = withUnsafeBytes(of: image.pointee.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return text.isEmpty ? "its parts disagree" : printable(text)
  }
}

extension PNG {
  /// The first chunk, read by ourselves, because libpng takes memory for what it says.
  private struct Header {
    let width: Int
    let height: Int
    let isGray: Bool

    init(_ bytes: [UInt8], pixelLimit: Int, name: String) throws(DataError) {
      let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
      guard bytes.starts(with: signature), bytes.count >= 33,
        bytes[12..<16].elementsEqual("IHDR".utf8)
      else {
        throw DataError(
          name, "expected a PNG picture, found something else; check that this is the right file")
      }
      func size(at start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
      (width, height) = (size(at: 16), size(at: 20))
      let (depth, color) = (Int(bytes[24]), bytes[25])
      let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
      guard width > 0, height > 0, width < 1 << 24, !overflow, pixels <= pixelLimit else {
        throw DataError(
          name,
          "expected a picture of 1 to \(pixelLimit) pixels, found \(width) times \(height); scale "
            + "it down or check that it is not damaged")
      }
      // What the pixels take uncompressed cannot be more than the file can inflate to.
      let channels = color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1
      let needed = pixels * channels * max(depth, 1) / 8
      guard needed <= DeflateFormat.maximumInflatedCount(of: bytes.count) else {
        throw DataError(
          name,
          "expected data for \(width) times \(height) pixels, found "
            + "\(plural(bytes.count, "byte")); the file is damaged or incomplete, get it again")
      }
      isGray = color == 0 || color == 4
    }
  }
}
