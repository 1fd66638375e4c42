/// Numbers as text, without Foundation: the same bytes on every system and in every locale.
package enum NumberText {
  /// Returns `value` with exactly `decimals` digits after the point, as in `−0.50`.
  ///
  /// The sign is U+2212, as wide as a digit. Values too large for 2⁵³ steps of the last decimal
  /// are written in the shortest form that reads back as the same number.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let decimals = max(0, min(decimals, 17))
    let steps = Math.scaled(abs(value), byPowerOfTen: decimals).rounded()
    guard steps < 0x1p53 else { return typographic("\(value)") }
    var digits = String(Int64(steps))
    if decimals > 0 {
      if digits.count <= decimals {
        digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
      }
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return value < 0 && steps > 0 ? "−" + digits : digits
  }

  /// Returns `value` with at most `digits` significant digits and no trailing zeros.
  ///
  /// Values below 10⁻⁴ or from 10⁶ on are written as in `1.5×10⁷`; whole digits are kept, and
  /// grouped by commas from `10,000` on.
  package static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return nonFinite(value) }
    guard value != 0 else { return "0" }
    let digits = max(1, min(digits, 17))
    let exponent = Math.decimalExponent(value)
    if exponent >= -4 && exponent < 6 {
      return grouped(trimmed(fixed(value, decimals: max(0, digits - 1 - exponent))))
    }
    let mantissa = Math.scaled(value, byPowerOfTen: -exponent)
    return trimmed(fixed(mantissa, decimals: digits - 1)) + "×10" + superscript(exponent)
  }

  /// Returns `share`, a fraction of one, as a percentage, as in `91.2 %`.
  package static func percent(_ share: Double, decimals: Int = 1) -> String {
    share.isFinite ? fixed(share * 100, decimals: decimals) + "\u{202F}%" : "–"
  }

  /// Returns a coordinate in pixels, rounded to tenths, in ASCII, without a trailing zero.
  ///
  /// Values that are not finite become 0, huge ones are limited to ±10⁷, so that no drawing
  /// program sees a number that it cannot read.
  package static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int64((max(-1e7, min(1e7, value)) * 10).rounded())
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    let sign = tenths < 0 ? "-" : ""
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }

  /// Returns `exponent` in superscript digits.
  static func superscript(_ exponent: Int) -> String {
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let text = String(exponent.magnitude).map { digits[$0.wholeNumberValue ?? 0] }
    return (exponent < 0 ? "⁻" : "") + String(text)
  }

  /// Returns `text` with commas between groups of three whole digits, from five digits on.
  static func grouped(_ text: String) -> String {
    let digits = text.prefix { $0 != "." }.filter(\.isNumber)
    guard digits.count > 4 else { return text }
    var whole = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { whole.append(",") }
      whole.append(digit)
    }
    return (text.hasPrefix("−") ? "−" : "") + whole + text.drop { $0 != "." }
  }

  /// Returns `text` without zeros (and a point) at the end of its decimals.
  static func trimmed(_ text: String) -> String {
    guard text.contains("."), !text.contains("e") else { return text }
    var text = text[...]
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞"
  }

  private static func typographic(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}
