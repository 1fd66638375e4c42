/// A picture of 8-bit channels.
public struct PixelImage: Sendable, Hashable {
  /// The channels of a pixel.
  public enum Channels: Int, Sendable, Hashable {
    /// One: brightness.
    case gray = 1
    /// Three: red, green, blue.
    case rgb = 3
    /// Four: red, green, blue, opacity.
    case rgba = 4
  }

  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// The channels of a pixel.
  public let channels: Channels
  /// The values, row by row from the top, the channels of a pixel together: `[height, width,
  /// channels]`.
  public let pixels: [UInt8]

  /// The largest width and height.
  public static let maximumSide = 16_384

  /// Creates a picture.
  ///
  /// - Parameters:
  ///   - width: The number of columns, 1...16384.
  ///   - height: The number of rows, 1...16384.
  ///   - channels: The channels of a pixel.
  ///   - pixels: The values, `[height, width, channels]`.
  public init(width: Int, height: Int, channels: Channels = .gray, pixels: [UInt8]) {
    let sides = 1...Self.maximumSide
    precondition(
      sides.contains(width) && sides.contains(height),
      "PixelImage: \(width) x \(height) pixels, each side must be in 1...\(Self.maximumSide)")
    precondition(
      pixels.count == width * height * channels.rawValue,
      "PixelImage: \(pixels.count) values for \(width) x \(height) pixels of "
        + "\(channels.rawValue) channels")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Creates a picture from planes of numbers, the layout of image tensors.
  ///
  /// - Parameters:
  ///   - planes: The values, `[channels, height, width]`, black at 0 and full at 1; others are
  ///     brought into this range, NaN becomes 0.
  ///   - width: The number of columns, 1...16384.
  ///   - height: The number of rows, 1...16384.
  ///   - channels: The channels of a pixel.
  public init(planes: [Float], width: Int, height: Int, channels: Channels = .gray) {
    let count = channels.rawValue
    let sides = 1...Self.maximumSide
    precondition(
      sides.contains(width) && sides.contains(height) && planes.count == width * height * count,
      "PixelImage: \(planes.count) values for \(width) x \(height) pixels of \(count) channels")
    let area = width * height
    var pixels = [UInt8](repeating: 0, count: planes.count)
    for channel in 0..<count {
      for index in 0..<area {
        let value = planes[channel * area + index]
        pixels[index * count + channel] = value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
      }
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Returns the picture as a PNG file, not compressed.
  public func png() -> [UInt8] {
    PNG.encode(self)
  }

  /// Returns the picture as a `data:` address for SVG and HTML.
  public func dataURI() -> String {
    "data:image/png;base64," + Base64.encode(png())
  }

  /// Whether the picture is so small that its pixels shall be seen as squares when enlarged.
  var isTiny: Bool { max(width, height) <= 96 }
}
