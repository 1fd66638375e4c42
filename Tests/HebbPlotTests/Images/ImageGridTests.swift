import HebbPlot
import Testing

@Suite struct ImageGridTests {
  private let image = PixelImage(width: 28, height: 28, pixels: [UInt8](repeating: 9, count: 784))

  @Test func picturesAndCaptions() throws {
    let grid = ImageGrid(
      title: "Worst <mistakes>",
      items: [
        .init(image: image, caption: "true Shirt,\npredicted Coat .87"), .init(image: image),
      ])
    let svg = grid.svg(width: 400)
    let parsed = XML(svg)
    #expect(parsed.texts == ["Worst <mistakes>", "true Shirt,", "predicted Coat .87"])
    let images = parsed.all("image")
    #expect(images.count == 2)
    // 28 pixels four times enlarged are 112 wide.
    #expect(images[0]["width"] == "112" && images[0]["height"] == "112")
    #expect(images[0]["style"] == "image-rendering:pixelated")
    #expect(images[0]["href"] == image.dataURI())
    #expect(images[0]["y"] == images[1]["y"])
  }

  @Test func rowsBreakAndThePictureGrows() throws {
    let items = (0..<100).map { ImageGrid.Item(image: image, caption: "number \($0)") }
    let parsed = XML(ImageGrid(items: items).svg(width: 280))
    let images = parsed.all("image")
    #expect(images[0]["y"] == images[1]["y"] && images[1]["y"] != images[2]["y"])
    let height = try #require(Double(parsed.all("svg")[0]["height"] ?? ""))
    let last = try #require(Double(images[99]["y"] ?? ""))
    #expect(height > last + 112)
  }

  @Test func largePicturesShrinkSmoothly() {
    let large = PixelImage(width: 200, height: 100, pixels: [UInt8](repeating: 0, count: 20_000))
    let parsed = XML(ImageGrid(items: [.init(image: large)]).svg(width: 400))
    #expect(parsed.all("image")[0]["width"] == "112" && parsed.all("image")[0]["height"] == "56")
    #expect(parsed.all("image")[0]["style"] == nil)
  }

  @Test func emptyGrid() {
    _ = XML(ImageGrid(items: []).svg(width: .min))
  }

  @Test func longCaptionsAreCut() {
    let caption = String(repeating: "word ", count: 500) + String(repeating: "x", count: 500)
    let grid = ImageGrid(items: [.init(image: image, caption: caption)])
    #expect(XML(grid.svg(width: 400)).texts.count == 4)
  }
}
