/// A color of eight bits per channel, sRGB.
public struct Color: Sendable, Hashable {
  /// The red channel, 0...255.
  public var red: UInt8
  /// The green channel, 0...255.
  public var green: UInt8
  /// The blue channel, 0...255.
  public var blue: UInt8

  /// Creates a color from its channels.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The color as CSS writes it, for example `#0072b2`.
  public var hex: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Creates a color from its 24 bits, red first.
  init(_ bits: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: bits >> 16), green: UInt8(truncatingIfNeeded: bits >> 8),
      blue: UInt8(truncatingIfNeeded: bits))
  }
}

/// The colors of data series: the palette of Okabe and Ito, which people with any common form of
/// color blindness can tell apart.
///
/// The order puts the colors that stand out best on white first; a chart gives them to its series
/// in this order. A page in dark mode shows a lighter relative of each.
///
/// - SeeAlso: Okabe & Ito 2008, "Color Universal Design".
public enum Palette {
  /// Blue, `#0072b2`.
  public static let blue = Color(0x0072B2)
  /// Vermilion, `#d55e00`.
  public static let vermilion = Color(0xD55E00)
  /// Bluish green, `#009e73`.
  public static let green = Color(0x009E73)
  /// Reddish purple, `#cc79a7`.
  public static let purple = Color(0xCC79A7)
  /// Orange, `#e69f00`.
  public static let orange = Color(0xE69F00)
  /// Sky blue, `#56b4e9`.
  public static let sky = Color(0x56B4E9)
  /// Grey, `#6b7280`, in the place of the palette's black, which would vanish on a dark page.
  public static let gray = Color(0x6B7280)
  /// Yellow, `#f0e442`; the last, since it is faint on white.
  public static let yellow = Color(0xF0E442)

  /// All colors, in the order in which series receive them.
  public static let colors = [blue, vermilion, green, purple, orange, sky, gray, yellow]

  /// Returns the color of the series number `index`; after the last color the first follows again.
  public static func color(at index: Int) -> Color {
    let remainder = index % colors.count
    return colors[remainder < 0 ? remainder + colors.count : remainder]
  }

  /// The relatives of `colors` that stand out on a dark page, in the same order.
  static let darkColors = [
    0x4DA8E8, 0xF58A4B, 0x2BC29A, 0xE29DC3, 0xF2B73A, 0x9AD5F8, 0xA3ADBA, 0xF0E442,
  ].map { Color($0) }
}
