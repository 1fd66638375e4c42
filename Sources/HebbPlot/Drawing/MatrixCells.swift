/// The cells of a table of colors: rectangles with numbers while they are few, a picture beyond.
struct MatrixCells {
  /// What a cell shows.
  struct Cell {
    var paint: Paint
    /// The shade, 0 (nothing) to 1 (full).
    var opacity: Double
    var text = ""

    /// White is easier to read than dark text from four fifths of the blue shade on; vermilion is
    /// too light for white. On dark pages both texts are light.
    var textPaint: Paint { paint == .heat && opacity > 0.8 ? .onHeat : .ink }
  }

  let rows: Int
  let columns: Int

  /// Beyond so many cells a picture is smaller, and a cell is too small for a number anyway.
  private static let maximumRectangles = 4096
  /// The largest side of the picture; larger tables are averaged.
  private static let maximumPictureSide = 512

  /// Whether the cells are few enough to be drawn as rectangles with numbers.
  var areRectangles: Bool { rows * columns <= Self.maximumRectangles }

  /// Returns an opacity as SVG writes it.
  static func opacity(_ shade: Double) -> String {
    NumberText.trimmed(NumberText.fixed(max(0.01, min(1, shade)) * 0.94, decimals: 3))
  }

  /// Draws all cells; `fontSize` nil leaves the numbers out, `tip` is what the pointer shows.
  func draw(
    in frame: MatrixFrame, on canvas: inout SVGCanvas, fontSize: Double?,
    cell: (_ row: Int, _ column: Int) -> Cell, tip: (_ row: Int, _ column: Int) -> String
  ) {
    guard rows > 0, columns > 0 else { return }
    if !areRectangles {
      drawPicture(in: frame, on: &canvas, cell: cell)
      return
    }
    let cells = (0..<rows * columns).map { cell($0 / columns, $0 % columns) }
    func each(_ body: (Int, Cell, Box) -> Void) {
      for (index, cell) in cells.enumerated() {
        body(index, cell, frame.cell(row: index / columns, column: index % columns))
      }
    }
    // A faint ground keeps the grid visible where the shade is nothing.
    canvas.beginGroup(Paint.attributes(fill: .grid) + [("fill-opacity", "0.5")])
    each { index, cell, box in
      let isBare = cell.opacity == 0
      canvas.rect(
        box, [], corner: frame.corner,
        tip: isBare ? tip(index / columns, index % columns) : nil)
    }
    canvas.endGroup()
    for paint in [Paint.heat, .miss] {
      canvas.beginGroup(Paint.attributes(fill: paint))
      each { index, cell, box in
        guard cell.paint == paint, cell.opacity > 0 else { return }
        canvas.rect(
          box, [("fill-opacity", Self.opacity(cell.opacity))], corner: frame.corner,
          tip: tip(index / columns, index % columns))
      }
      canvas.endGroup()
    }
    guard let fontSize else { return }
    for paint in [Paint.ink, .onHeat] {
      canvas.beginGroup(
        Paint.attributes(fill: paint) + [
          ("font-size", NumberText.coordinate(fontSize)), ("text-anchor", "middle"),
          ("pointer-events", "none"),
        ])
      each { _, cell, box in
        guard !cell.text.isEmpty, cell.textPaint == paint else { return }
        canvas.text(cell.text, x: box.middleX, y: box.middleY + fontSize * 0.36, paint: nil)
      }
      canvas.endGroup()
    }
  }

  private func drawPicture(
    in frame: MatrixFrame, on canvas: inout SVGCanvas, cell: (_ row: Int, _ column: Int) -> Cell
  ) {
    let width = min(columns, Self.maximumPictureSide)
    let height = min(rows, Self.maximumPictureSide)
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    for y in 0..<height {
      for x in 0..<width {
        // The strongest of the cells that share a pixel: a lone mistake stays visible.
        var strongest = Cell(paint: .heat, opacity: 0)
        for row in (y * rows / height)..<((y + 1) * rows / height) {
          for column in (x * columns / width)..<((x + 1) * columns / width) {
            let content = cell(row, column)
            if content.opacity > strongest.opacity { strongest = content }
          }
        }
        let color =
          Paint.roles.first { $0.paint == strongest.paint }?.light ?? Palette.blue
        let offset = (y * width + x) * 4
        pixels[offset] = color.red
        pixels[offset + 1] = color.green
        pixels[offset + 2] = color.blue
        pixels[offset + 3] = UInt8((max(0, min(1, strongest.opacity)) * 240).rounded())
      }
    }
    let image = PixelImage(width: width, height: height, channels: .rgba, pixels: pixels)
    canvas.rect(frame.box, Paint.attributes(fill: .grid) + [("fill-opacity", "0.4")])
    canvas.image(image, in: frame.box)
  }
}
