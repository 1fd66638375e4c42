/// A page about a run: key numbers, charts, tables and pictures in one HTML file.
///
/// The file needs nothing else: no network, no script, no font. It follows the light or dark mode of
/// the reader's system, suits a phone as well as a wide screen, and prints in black on white. All
/// texts are escaped; the same report gives the same bytes.
///
/// ```swift
/// var report = HTMLReport(title: "LeNet-5 on Fashion-MNIST")
/// report.cards = [.init("Test accuracy", "89.3 %", note: "epoch 10")]
/// report.sections = [
///   .init("Training", blocks: [.charts([lossChart, accuracyChart])]),
///   .init("Mistakes", blocks: [.chart(confusion), .images(worst)]),
/// ]
/// let page = report.html()
/// ```
public struct HTMLReport: Sendable {
  /// A key number at the top of the page.
  public struct Card: Sendable, Hashable {
    /// What the number is.
    public var label: String
    /// The number, as text.
    public var value: String
    /// A short remark below it.
    public var note: String

    /// Creates a card.
    ///
    /// - Parameters:
    ///   - label: What the number is.
    ///   - value: The number, as text.
    ///   - note: A short remark below it.
    public init(_ label: String, _ value: String, note: String = "") {
      self.label = label
      self.value = value
      self.note = note
    }
  }

  /// A name and a value, as in a configuration.
  public struct Fact: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// Creates a fact.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A part of a section.
  public enum Block: Sendable {
    /// Paragraphs; an empty line separates them.
    case text(String)
    /// Text in a fixed-width font, with its spaces and line ends.
    case code(String)
    /// A chart over the whole width, with a caption below it unless that is empty.
    case chart(any Chart, caption: String = "")
    /// Charts side by side where there is room.
    case charts([any Chart])
    /// A table.
    case table(Table)
    /// Pictures with captions.
    case images(ImageGrid)
    /// Names and values, in columns where there is room.
    case facts([Fact])
  }

  /// A part of the page under a heading.
  public struct Section: Sendable {
    /// The heading.
    public var title: String
    /// A sentence or two below the heading.
    public var lead: String
    /// The content.
    public var blocks: [Block]

    /// Creates a section.
    ///
    /// - Parameters:
    ///   - title: The heading.
    ///   - lead: A sentence or two below the heading.
    ///   - blocks: The content.
    public init(_ title: String, lead: String = "", blocks: [Block]) {
      self.title = title
      self.lead = lead
      self.blocks = blocks
    }
  }

  /// The heading of the page and the title of its window.
  public var title: String
  /// A line below the heading.
  public var subtitle: String
  /// The key numbers at the top; the first one stands out.
  public var cards: [Card]
  /// The content.
  public var sections: [Section]
  /// A line at the end of the page.
  public var footer: String

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: The heading of the page and the title of its window.
  ///   - subtitle: A line below the heading.
  ///   - cards: The key numbers at the top.
  ///   - sections: The content.
  ///   - footer: A line at the end of the page.
  public init(
    title: String, subtitle: String = "", cards: [Card] = [], sections: [Section] = [],
    footer: String = ""
  ) {
    self.title = title
    self.subtitle = subtitle
    self.cards = cards
    self.sections = sections
    self.footer = footer
  }

  /// Returns the whole page, in UTF-8.
  public func html() -> String {
    var page = HTMLWriter()
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
    // Nothing may be loaded or run, whatever the texts of a report contain.
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
    page.raw("style-src 'unsafe-inline'; img-src data:\">\n")
    page.element("title", title)
    page.raw("<style>\n\(ReportStyle.sheet)\n</style>\n</head>\n<body>\n<header>\n")
    page.element("h1", title)
    if !subtitle.isEmpty { page.element("p", subtitle, class: "subtitle") }
    page.raw("</header>\n<main>\n")
    writeCards(to: &page)
    for section in sections {
      page.raw("<section>\n")
      page.element("h2", section.title)
      if !section.lead.isEmpty { page.element("p", section.lead, class: "lead") }
      for block in section.blocks { write(block, to: &page) }
      page.raw("</section>\n")
    }
    page.raw("</main>\n")
    if !footer.isEmpty { page.element("footer", footer) }
    page.raw("</body>\n</html>\n")
    return page.text
  }

  private func writeCards(to page: inout HTMLWriter) {
    guard !cards.isEmpty else { return }
    page.raw("<dl class=\"cards\">\n")
    for card in cards {
      page.raw("<div>")
      page.element("dt", card.label)
      page.element("dd", card.value)
      if !card.note.isEmpty { page.element("dd", card.note, class: "note") }
      page.raw("</div>\n")
    }
    page.raw("</dl>\n")
  }

  private func write(_ block: Block, to page: inout HTMLWriter) {
    switch block {
    case .text(let text): page.paragraphs(text)
    case .code(let text): page.element("pre", text)
    case .chart(let chart, let caption):
      page.figure(chart, widths: [360, 560, 760, 980], caption: caption)
    case .charts(let charts):
      page.raw("<div class=\"row\">\n")
      for chart in charts { page.figure(chart, widths: [360, 480, 640], caption: "") }
      page.raw("</div>\n")
    case .table(let table): page.table(table)
    case .images(let grid): page.images(grid)
    case .facts(let facts):
      page.raw("<dl class=\"facts\">\n")
      for fact in facts {
        page.raw("<div>")
        page.element("dt", fact.name)
        page.element("dd", fact.value)
        page.raw("</div>\n")
      }
      page.raw("</dl>\n")
    }
  }
}
