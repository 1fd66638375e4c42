import HebbPlot
import Testing

@Suite struct HTMLReportTests {
  private var report: HTMLReport {
    let chart = LineChart(title: "Loss", series: [Series("train", y: [1, 0.5])])
    let image = PixelImage(width: 2, height: 2, pixels: [0, 1, 2, 3])
    var report = HTMLReport(title: "LeNet <on> & \"MNIST\"", subtitle: "10 epochs")
    report.cards = [.init("Test accuracy", "89.3 %", note: "epoch <10>"), .init("Time", "2 min")]
    report.sections = [
      .init(
        "Training", lead: "Lead.",
        blocks: [
          .charts([chart, chart]), .chart(chart, caption: "Caption & more"),
          .text("One\nparagraph.\n\nAnother <p>."), .code("a  b\n<c>"),
          .facts([.init("seed", "17")]),
          .table(
            .init(
              ["Class", "Images"], rows: [["Shirt <1>", "12"], ["Coat"], ["Bag", "3", "extra"]])
          ),
          .images(ImageGrid(items: [.init(image: image, caption: "\"><script>alert(1)</script>")])),
        ])
    ]
    report.footer = "Made by <Hebb>"
    return report
  }

  @Test func textsAreEscaped() {
    let page = report.html()
    #expect(page.contains("<h1>LeNet &lt;on&gt; &amp; &quot;MNIST&quot;</h1>"))
    #expect(page.contains("<title>LeNet &lt;on&gt; &amp; &quot;MNIST&quot;</title>"))
    #expect(page.contains("epoch &lt;10&gt;") && page.contains("Shirt &lt;1&gt;"))
    #expect(page.contains("alt=\"&quot;&gt;&lt;script&gt;"))
    #expect(page.contains("<pre>a  b\n&lt;c&gt;</pre>"))
    #expect(page.contains("<footer>Made by &lt;Hebb&gt;</footer>"))
    #expect(!page.contains("<script") && !page.contains("<on>"))
  }

  @Test func nothingIsLoaded() {
    let page = report.html()
    #expect(page.contains("default-src 'none'"))
    for mark in ["http:", "https:", "@import", "url(", "<link", "src=\"/"] {
      let allowed = mark == "http:" ? "xmlns=\"http://www.w3.org/2000/svg\"" : ""
      let rest = allowed.isEmpty ? page : page.split(separator: allowed).joined()
      #expect(!rest.contains(mark), "\(mark)")
    }
  }

  @Test func everyElementIsClosed() {
    let page = report.html()
    for name in [
      "html", "head", "body", "header", "main", "section", "div", "dl", "dt", "dd", "figure",
      "figcaption", "table", "thead", "tbody", "tr", "td", "th", "p", "pre", "svg", "g", "text",
    ] {
      let opened =
        page.split(separator: "<\(name)>").count + page.split(separator: "<\(name) ").count
      let closed = page.split(separator: "</\(name)>").count
      #expect(opened - 1 == closed, "\(name)")
    }
  }

  @Test func chartsAreDrawnForEveryWidth() {
    let page = report.html()
    // Two side by side in three widths, one alone in four.
    #expect(page.split(separator: "<svg ").count - 1 == 2 * 3 + 4)
    #expect(page.contains("viewBox=\"0 0 360 270\"") && page.contains("viewBox=\"0 0 980 392\""))
    // The style of charts stands in the page once.
    #expect(page.split(separator: ".hebb-f-ink{").count == 2)
  }

  @Test func darkModeAndColors() {
    let page = report.html()
    #expect(page.contains("prefers-color-scheme:dark"))
    #expect(page.contains("--hebb-c0:#0072b2") && page.contains("--hebb-c0:#4da8e8"))
  }

  @Test func paragraphs() {
    #expect(report.html().contains("<p>One\nparagraph.</p>\n<p>Another &lt;p&gt;.</p>"))
  }

  @Test func numbersStandOnTheRight() {
    let page = report.html()
    #expect(page.contains("<td>Shirt &lt;1&gt;</td><td class=\"number\">12</td>"))
    // A row that is too short is filled, one that is too long gets a column.
    #expect(page.contains("<td>Coat</td><td class=\"number\"></td><td></td>"))
    #expect(page.contains("<td>extra</td>"))
  }

  @Test(arguments: [
    (["1", "2.5"], true), (["91.2 %", "–"], true), (["−3", "+4"], true), (["1.5e-3"], true),
    (["12 ms"], true), (["a1"], false), (["3x3 convolution"], false), ([""], false),
    (["12", "Shirt"], false),
  ])
  func automaticAlignment(cells: [String], isNumber: Bool) {
    let table = HTMLReport.Table(["x"], rows: cells.map { [$0] })
    let page = HTMLReport(title: "", sections: [.init("", blocks: [.table(table)])]).html()
    #expect(page.contains("<th scope=\"col\" class=\"number\">") == isNumber)
  }

  @Test func emptyReport() {
    let page = HTMLReport(title: "").html()
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
  }

  @Test func sameInputSameBytes() {
    #expect(report.html() == report.html())
  }
}
