import HebbPlot
import Testing

@Suite struct ConfusionMatrixTests {
  private let matrix = ConfusionMatrix(
    title: "Pets", labels: ["cat", "<dog>", "emu"], counts: [[8, 2, 0], [1, 9, 0], [0, 0, 0]])

  @Test func measures() {
    #expect(matrix.accuracy == 17.0 / 20)
    #expect(matrix.recall == [0.8, 0.9, nil])
    #expect(matrix.precision == [8.0 / 9, 9.0 / 11, nil])
    let worst = matrix.mostConfused()
    #expect(worst.map(\.truth) == [0, 1] && worst.map(\.prediction) == [1, 0])
    #expect(worst.map(\.count) == [2, 1] && worst.map(\.share) == [0.2, 0.1])
    #expect(matrix.mostConfused(limit: 1).count == 1 && matrix.mostConfused(limit: -1).isEmpty)
  }

  /// Rows are the truth: two true cats were predicted to be dogs.
  @Test func rowsAreTheTruth() throws {
    let svg = matrix.svg(width: 480, height: 320)
    #expect(svg.contains("<title>true cat, predicted &lt;dog&gt;: 2 (20.0\u{202F}%)</title>"))
    let texts = XML(svg).texts
    #expect(Set(["Pets", "truth", "prediction", "recall", "precision"]).isSubset(of: texts))
    #expect(texts.filter { $0 == "<dog>" }.count == 2)
    #expect(texts.contains("80.0\u{202F}%") && texts.contains("88.9\u{202F}%"))
    // The 2 stands to the right of the 8 and above the 9.
    let parsed = XML(svg)
    func place(_ text: String) throws -> (x: Double, y: Double) {
      let index = try #require(parsed.texts.firstIndex(of: text))
      let attributes = parsed.all("text")[index]
      return (
        try #require(Double(attributes["x"] ?? "")), try #require(Double(attributes["y"] ?? ""))
      )
    }
    let (two, eight, nine) = (try place("2"), try place("8"), try place("9"))
    #expect(two.x > eight.x && two.y == eight.y && two.x == nine.x && two.y < nine.y)
  }

  @Test func shadeIsTheShareOfTheRow() {
    let opacities = XML(matrix.svg(width: 480, height: 320)).all("rect")
      .compactMap { $0["fill-opacity"] }
    // 0.94 times 0.8, 0.9 (diagonal) and √0.2, √0.1 (mistakes)
    #expect(opacities == ["0.752", "0.846", "0.42", "0.297"])
  }

  @Test func numbersStayReadable() throws {
    let svg = matrix.svg(width: 480, height: 320)
    let white = try #require(svg.range(of: "<g class=\"hebb-f-on\""))
    let tail = svg[white.lowerBound...]
    // White on 0.9 of blue; 0.8 and both mistakes are dark.
    #expect(tail.contains(">9</text>") && !tail.contains(">8</text>"))
    #expect(!tail.contains(">2</text>"))
  }

  @Test func negativeCountsAreZero() {
    let matrix = ConfusionMatrix(labels: ["a", "b"], counts: [[-5, 1], [.max, .max]])
    #expect(matrix.counts == [[0, 1], [.max, .max]])
    #expect(matrix.recall == [0, 0.5])
    _ = XML(matrix.svg(width: 480, height: 320))
  }

  @Test func noClasses() {
    let matrix = ConfusionMatrix(labels: [], counts: [])
    #expect(XML(matrix.svg(width: 480, height: 320)).texts.contains("no data"))
    #expect(matrix.terminal(width: 40, height: 8).contains("no data"))
    #expect(matrix.accuracy == nil)
  }

  @Test func manyClasses() {
    let count = 300
    let counts = (0..<count).map { row in (0..<count).map { $0 == row ? 9 : 0 } }
    let matrix = ConfusionMatrix(labels: (0..<count).map { "class \($0)" }, counts: counts)
    let svg = XML(matrix.svg(width: 760, height: 760))
    #expect(svg.all("image").count == 1)
    #expect(svg.all("text").count < 150)
  }

  @Test func terminalTable() {
    #expect(
      matrix.terminal(width: 60, height: 12) == """
        Pets
                          cat       <dog>         emu  recall
              cat           8           2           ·  80.0\u{202F}%
            <dog>           1           9           ·  90.0\u{202F}%
              emu           ·           ·           ·       –
        precision        88.9        81.8           –

        """)
    let list = matrix.terminal(width: 24, height: 6)
    #expect(list.contains("Pets"))
  }
}
