/// Writes the elements of one SVG picture; every text passes through the escaping here.
struct SVGCanvas {
  /// Where a text stands relative to its point.
  enum Anchor: String {
    case start, middle, end
  }

  /// The width of the picture in pixels.
  let width: Int
  /// The height of the picture in pixels.
  let height: Int
  private var body = ""

  /// The smallest and largest side of a picture; other sizes are brought into this range.
  static let sides = 120...8192

  /// Starts an empty picture.
  init(width: Int, height: Int) {
    self.width = Self.side(width)
    self.height = Self.side(height)
  }

  /// Starts an empty picture that is as high as its content, which may be long.
  init(width: Int, contentHeight: Double) {
    self.width = Self.side(width)
    height = Int(max(1, min(contentHeight.rounded(.up), 1e6)))
  }

  /// Returns `size` brought into the range of sides.
  static func side(_ size: Int) -> Int {
    min(max(size, sides.lowerBound), sides.upperBound)
  }

  /// Returns the whole picture; `label` is what a screen reader says.
  func document(label: String, style: SVGStyle) -> String {
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"hebb-chart\""
    text += " viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\""
    text += " role=\"img\" aria-label=\"\(Escaping.markup(label))\""
    text += " font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue',"
    text += " Arial, sans-serif\" font-size=\"12\">\n"
    if style == .standalone { text += "<style>\n\(Paint.styleSheet)\n</style>\n" }
    text += "<rect class=\"hebb-f-paper\" fill=\"#ffffff\" width=\"100%\" height=\"100%\"/>\n"
    return text + body + "</svg>\n"
  }

  /// Adds an element; `tip` is shown when the pointer rests on it.
  mutating func element(_ name: String, _ attributes: [(String, String)], tip: String? = nil) {
    open(name, attributes, end: tip == nil ? "/>\n" : ">")
    if let tip { body += "<title>\(Escaping.markup(tip))</title></\(name)>\n" }
  }

  /// Opens a group whose attributes hold for all elements until `endGroup`.
  mutating func beginGroup(_ attributes: [(String, String)]) {
    open("g", attributes, end: ">\n")
  }

  /// Closes the innermost group.
  mutating func endGroup() {
    body += "</g>\n"
  }

  /// Adds a straight line; the paint comes from the group around it.
  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
    element("path", [("d", "M\(point(x1, y1))L\(point(x2, y2))")])
  }

  /// Adds a rectangle.
  mutating func rect(
    _ box: Box, _ attributes: [(String, String)], corner: Double = 0, tip: String? = nil
  ) {
    var all = [
      ("x", NumberText.coordinate(box.left)), ("y", NumberText.coordinate(box.top)),
      ("width", NumberText.coordinate(max(0, box.width))),
      ("height", NumberText.coordinate(max(0, box.height))),
    ]
    if corner > 0 { all.append(("rx", NumberText.coordinate(corner))) }
    element("rect", all + attributes, tip: tip)
  }

  /// Adds a line of text whose baseline starts, is centered or ends at the point.
  mutating func text(
    _ string: String, x: Double, y: Double, anchor: Anchor = .start, paint: Paint? = .ink,
    _ attributes: [(String, String)] = []
  ) {
    guard !string.isEmpty else { return }
    var all = [("x", NumberText.coordinate(x)), ("y", NumberText.coordinate(y))]
    if anchor != .start { all.append(("text-anchor", anchor.rawValue)) }
    if let paint { all += Paint.attributes(fill: paint) }
    open("text", all + attributes, end: ">")
    body += Escaping.markup(string) + "</text>\n"
  }

  private mutating func open(_ name: String, _ attributes: [(String, String)], end: String) {
    body += "<" + name
    for (key, value) in attributes { body += " \(key)=\"\(Escaping.markup(value))\"" }
    body += end
  }

  private func point(_ x: Double, _ y: Double) -> String {
    NumberText.coordinate(x) + " " + NumberText.coordinate(y)
  }
}

/// An upright rectangle in pixels; y grows downward.
struct Box {
  var left: Double
  var top: Double
  var width: Double
  var height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }
  var middleX: Double { left + width / 2 }
  var middleY: Double { top + height / 2 }
}
