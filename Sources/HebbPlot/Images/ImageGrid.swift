/// Pictures side by side, each with a caption, such as the worst mistakes of a classifier.
public struct ImageGrid: Sendable, Hashable {
  /// A picture with its caption.
  public struct Item: Sendable, Hashable {
    /// The picture.
    public var image: PixelImage
    /// The text below it; new lines are kept, long lines are broken at spaces.
    public var caption: String

    /// Creates an item.
    public init(image: PixelImage, caption: String = "") {
      self.image = image
      self.caption = caption
    }
  }

  /// The title, above the pictures.
  public var title: String
  /// The pictures, row by row.
  public var items: [Item]
  /// The width of a picture in pixels on the page, about; tiny pictures are enlarged to whole
  /// multiples of their size, so that all their pixels are equally large.
  public var imageWidth = 112

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - title: The title, above the pictures.
  ///   - items: The pictures, row by row.
  public init(title: String = "", items: [Item]) {
    self.title = title
    self.items = items
  }

  /// Returns the grid as an SVG document, as high as its content needs.
  ///
  /// - Parameters:
  ///   - width: Width in pixels, 120...8192.
  ///   - style: Whether the picture brings its style rules or finds them in the page around it.
  /// - Returns: The text of the SVG file.
  public func svg(width: Int, style: SVGStyle = .standalone) -> String {
    let (outer, gap, lineHeight, size) = (14.0, 14.0, 14.0, 11.0)
    let width = SVGCanvas.side(width)
    let room = Double(width) - 2 * outer
    let tile = min(room, Double(max(24, min(imageWidth, 2048))))
    let columns = max(1, Int((room + gap) / (tile + gap)))
    var y = outer + (title.isEmpty ? 0 : 26)
    var rows: [(top: Double, items: ArraySlice<Item>, captionTop: Double)] = []
    for start in stride(from: 0, to: items.count, by: columns) {
      let row = items[start..<min(start + columns, items.count)]
      let tallest = row.map { displaySize($0.image, limit: tile).height }.max() ?? 0
      let lines = row.map { captionLines($0, tile, size).count }.max() ?? 0
      rows.append((y, row, y + tallest + 14))
      y += tallest + 4 + Double(lines) * lineHeight + gap
    }
    var canvas = SVGCanvas(width: width, contentHeight: y + outer - gap)
    if !title.isEmpty { ChartText.title(title, on: &canvas, x: outer, y: outer + 11, width: room) }
    for row in rows {
      for (column, item) in row.items.enumerated() {
        let x = outer + Double(column) * (tile + gap)
        let (width, height) = displaySize(item.image, limit: tile)
        canvas.image(item.image, in: Box(left: x, top: row.top, width: width, height: height))
        for (line, text) in captionLines(item, tile, size).enumerated() {
          canvas.text(
            text, x: x, y: row.captionTop + Double(line) * lineHeight, [("font-size", "11")])
        }
      }
    }
    return canvas.document(label: title.isEmpty ? "Pictures" : title, style: style)
  }

  /// Returns the size at which a picture is shown: a whole multiple of a tiny picture.
  func displaySize(_ image: PixelImage, limit: Double) -> (width: Double, height: Double) {
    let longest = Double(max(image.width, image.height))
    let scale = longest <= limit ? (limit / longest).rounded(.down) : limit / longest
    return (Double(image.width) * scale, Double(image.height) * scale)
  }

  private func captionLines(_ item: Item, _ width: Double, _ size: Double) -> [String] {
    TextMetrics.wrapped(item.caption, to: width + 6, size: size, lines: 4)
  }
}

extension SVGCanvas {
  /// Adds a picture that fills `box`.
  mutating func image(_ image: PixelImage, in box: Box) {
    // Enlarged pixels stay squares. Not every program knows the rule of CSS; the attribute is
    // SVG's older word for it, and the rule wins where both are known.
    let isEnlarged = box.width >= Double(image.width)
    let pixels =
      isEnlarged
      ? [("image-rendering", "optimizeSpeed"), ("style", "image-rendering:pixelated")] : []
    element(
      "image",
      [
        ("x", NumberText.coordinate(box.left)), ("y", NumberText.coordinate(box.top)),
        ("width", NumberText.coordinate(box.width)),
        ("height", NumberText.coordinate(box.height)), ("preserveAspectRatio", "none"),
      ] + pixels + [("href", image.dataURI())])
  }
}
