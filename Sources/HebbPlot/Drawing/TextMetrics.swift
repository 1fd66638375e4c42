/// Estimates of how much room text takes, since no font is at hand when a chart is written.
enum TextMetrics {
  /// Returns the estimated width of `text` in pixels at a font size of `size` pixels.
  ///
  /// Helvetica's advance widths, widened by an eighth: the fonts that stand in for it (DejaVu Sans,
  /// Segoe UI, Roboto) are wider, and room to spare looks better than text that collides.
  static func width(_ text: String, size: Double) -> Double {
    var thousandths = 0
    for scalar in text.unicodeScalars { thousandths += advance(scalar) }
    return Double(thousandths) / 1000 * size * 1.125
  }

  /// Returns `text`, cut and ended with an ellipsis where it is wider than `width`.
  static func truncated(_ text: String, to width: Double, size: Double) -> String {
    guard self.width(text, size: size) > width else { return text }
    var room = width - self.width("…", size: size)
    var result = ""
    for character in text {
      room -= self.width(String(character), size: size)
      if room < 0 { break }
      result.append(character)
    }
    while result.last == " " { result.removeLast() }
    return result.isEmpty ? "" : result + "…"
  }

  /// Returns `text` broken at spaces into at most `lines` lines of at most `width` pixels.
  static func wrapped(_ text: String, to width: Double, size: Double, lines: Int) -> [String] {
    var result: [String] = []
    for paragraph in text.split(whereSeparator: \.isNewline) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        let longer = line.isEmpty ? String(word) : line + " " + word
        if !line.isEmpty && self.width(longer, size: size) > width {
          result.append(line)
          line = String(word)
        } else {
          line = longer
        }
      }
      if !line.isEmpty { result.append(line) }
      if result.count > lines { break }  // long texts need not be laid out to their end
    }
    if result.count > lines {
      result[lines - 1] += "…"
      result.removeLast(result.count - lines)
    }
    return result.map { truncated($0, to: width, size: size) }
  }

  /// Returns the number of terminal columns that `text` takes.
  static func columns(_ text: String) -> Int {
    text.reduce(0) { $0 + columns($1) }
  }

  /// Returns the number of terminal columns that `character` takes: 2 for East Asian wide
  /// characters and emoji, else 1.
  static func columns(_ character: Character) -> Int {
    character.unicodeScalars.first.map(isWide) == true ? 2 : 1
  }

  /// Returns `text` cut or filled with spaces to `count` terminal columns.
  static func padded(_ text: String, to count: Int, trailing: Bool = false) -> String {
    var result = ""
    var used = 0
    let total = columns(text)
    let room = total > count ? count - 1 : count
    for character in text {
      let next = columns(character)
      if used + next > room { break }
      result.append(character)
      used += next
    }
    if total > count && count > 0 {
      result += "…"
      used += 1
    }
    let fill = String(repeating: " ", count: max(0, count - used))
    return trailing ? fill + result : result + fill
  }

  private static func advance(_ scalar: Unicode.Scalar) -> Int {
    let value = Int(scalar.value)
    if value >= 32 && value < 127 { return helvetica[value - 32] }
    if scalar.properties.generalCategory == .nonspacingMark { return 0 }
    return isWide(scalar) ? 1000 : scalar == "−" ? 720 : 600
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Advance widths of the characters 32...126 in thousandths of the font size.
  private static let helvetica: [Int] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]
}
