/// A grid of Braille characters, each two dots wide and four high, with one color per character.
struct BrailleCanvas {
  let columns: Int
  let rows: Int
  private var dots: [UInt8]
  private var colors: [Int?]

  /// The number of dots from left to right.
  var width: Int { columns * 2 }
  /// The number of dots from top to bottom.
  var height: Int { rows * 4 }

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    dots = [UInt8](repeating: 0, count: columns * rows)
    colors = [Int?](repeating: nil, count: columns * rows)
  }

  /// Sets the dot at `x`, `y`, counted from the upper left; dots outside are ignored.
  mutating func set(_ x: Int, _ y: Int, color: Int) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    // Unicode numbers the dots down the left column, down the right one, then the bottom row.
    let bits: [UInt8] = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80]
    let index = y / 4 * columns + x / 2
    dots[index] |= bits[x % 2 * 4 + y % 4]
    colors[index] = color
  }

  /// Draws a straight line, both ends inside the grid, leaving out the dots that `pattern` does.
  mutating func line(
    from a: (x: Int, y: Int), to b: (x: Int, y: Int), color: Int, pattern: inout DotPattern
  ) {
    let steps = max(abs(b.x - a.x), abs(b.y - a.y))
    for step in 0...max(1, steps) {
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      let x = Double(a.x) + share * Double(b.x - a.x)
      let y = Double(a.y) + share * Double(b.y - a.y)
      if pattern.next() { set(Int(x.rounded()), Int(y.rounded()), color: color) }
    }
  }

  /// Returns a row of characters.
  func row(_ row: Int, color: Bool) -> String {
    var text = ""
    var current: Int?
    for column in 0..<columns {
      let index = row * columns + column
      let wanted = dots[index] == 0 ? nil : colors[index]
      if color && wanted != current {
        text += wanted.map(ANSI.start) ?? ANSI.end
        current = wanted
      }
      if dots[index] == 0 {
        text += " "
      } else if let scalar = Unicode.Scalar(0x2800 + UInt32(dots[index])) {
        text.unicodeScalars.append(scalar)
      }
    }
    if color && current != nil { text += ANSI.end }
    return text
  }
}

/// Which dots of a line are set, so that lines differ where colors are missing.
struct DotPattern {
  private var place = 0
  private let on: Int
  private let off: Int

  /// Creates the pattern of the line number `index`: solid, dashed, dotted, and so on.
  init(_ index: Int) {
    (on, off) = [(1, 0), (5, 4), (1, 3)][index % 3]
  }

  /// Returns whether the next dot is set.
  mutating func next() -> Bool {
    defer { place += 1 }
    return place % (on + off) < on
  }
}

/// Escape sequences that color the text of a terminal.
enum ANSI {
  /// The entries of the 256-color table nearest to `Palette.colors`.
  private static let colors = [32, 166, 36, 175, 214, 74, 245, 227]

  /// The sequence that ends a color.
  static let end = "\u{1B}[0m"

  /// Returns the sequence that begins the color number `index` of the palette.
  static func start(_ index: Int) -> String {
    "\u{1B}[38;5;\(colors[abs(index % colors.count)])m"
  }
}
