import HebbPlot
import Testing

@Suite struct PaletteTests {
  @Test func okabeIto() {
    #expect(Palette.blue.hex == "#0072b2")
    #expect(Palette.colors.map(\.hex).contains("#d55e00"))
    #expect(Set(Palette.colors).count == 8)
  }

  @Test func indicesWrap() {
    #expect(Palette.color(at: 0) == Palette.blue)
    #expect(Palette.color(at: 9) == Palette.vermilion)
    #expect(Palette.color(at: -1) == Palette.yellow)
    #expect(Palette.color(at: .min) == Palette.blue)
  }
}
