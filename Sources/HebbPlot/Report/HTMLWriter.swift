/// Writes the elements of a page; every text passes through the escaping here.
struct HTMLWriter {
  /// The page so far.
  private(set) var text = ""

  /// Adds markup as it is; only for markup that is written in this target.
  mutating func raw(_ markup: String) {
    text += markup
  }

  /// Adds an element that holds text.
  mutating func element(_ name: String, _ content: String, class className: String? = nil) {
    let attribute = className.map { " class=\"\($0)\"" } ?? ""
    text += "<\(name)\(attribute)>\(Escaping.markup(content))</\(name)>\n"
  }

  /// Adds paragraphs, which an empty line separates.
  mutating func paragraphs(_ content: String) {
    var paragraph: [Substring] = []
    let lines = content.split(omittingEmptySubsequences: false) { $0.isNewline }
    for line in lines + [""] {
      if !line.allSatisfy(\.isWhitespace) {
        paragraph.append(line)
      } else if !paragraph.isEmpty {
        element("p", paragraph.joined(separator: "\n"))
        paragraph = []
      }
    }
  }

  /// Adds a chart, drawn once for each width: the page shows the one that suits the room there is,
  /// so that texts keep their size instead of shrinking with the picture.
  mutating func figure(_ chart: any Chart, widths: [Int], caption: String) {
    raw("<figure class=\"chart\">\n<div class=\"sizes of\(widths.count)\">\n")
    for width in widths {
      raw("<div>")
      raw(
        chart.svg(
          width: width, height: chart.preferredHeight(forWidth: width), style: .embedded))
      raw("</div>\n")
    }
    raw("</div>\n")
    if !caption.isEmpty { element("figcaption", caption) }
    raw("</figure>\n")
  }

  /// Adds a table.
  mutating func table(_ table: HTMLReport.Table) {
    raw("<figure class=\"table\">\n<div class=\"scroll\">\n<table>\n")
    let columns = table.allColumns
    let sides = columns.indices.map { table.isTrailing($0) ? " class=\"number\"" : "" }
    if columns.contains(where: { !$0.title.isEmpty }) {
      raw("<thead><tr>")
      for (column, side) in zip(columns, sides) {
        raw("<th scope=\"col\"\(side)>\(Escaping.markup(column.title))</th>")
      }
      raw("</tr></thead>\n")
    }
    raw("<tbody>\n")
    for row in table.rows {
      raw("<tr>")
      for (index, side) in sides.enumerated() {
        raw("<td\(side)>\(Escaping.markup(index < row.count ? row[index] : ""))</td>")
      }
      raw("</tr>\n")
    }
    raw("</tbody>\n</table>\n</div>\n")
    if !table.caption.isEmpty { element("figcaption", table.caption) }
    raw("</figure>\n")
  }

  /// Adds pictures with their captions.
  mutating func images(_ grid: ImageGrid) {
    if !grid.title.isEmpty { element("h3", grid.title) }
    let tile = max(24, min(grid.imageWidth, 2048))
    // Small pictures shrink a little on a phone, so that three of them stand side by side.
    let cell = tile <= 128 ? "min(var(--tile),(100% - 2rem)/3)" : "min(var(--tile),100%)"
    raw("<div class=\"images\" style=\"--tile:\(tile)px;--cell:\(cell)\">\n")
    for item in grid.items {
      let (width, height) = grid.displaySize(item.image, limit: Double(tile))
      let style = item.image.isTiny ? " class=\"tiny\"" : ""
      let size = "width=\"\(Int(width.rounded()))\" height=\"\(Int(height.rounded()))\""
      let description = Escaping.markup(item.caption)
      raw("<figure><img\(style) src=\"\(item.image.dataURI())\" \(size) alt=\"\(description)\">")
      if !item.caption.isEmpty { element("figcaption", item.caption) }
      raw("</figure>\n")
    }
    raw("</div>\n")
  }
}
