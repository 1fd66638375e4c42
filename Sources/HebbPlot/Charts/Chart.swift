/// A picture of data that can be drawn as SVG and as text for a terminal.
///
/// Drawing never fails and never traps: numbers that are not finite leave gaps, sizes are brought
/// into a range that can be drawn, labels are escaped. The same value gives the same bytes.
public protocol Chart: Sendable {
  /// What the picture shows; a screen reader says it.
  var title: String { get }

  /// Returns the chart as an SVG document.
  ///
  /// - Parameters:
  ///   - width: Width in pixels, 120...8192; other values are brought into this range.
  ///   - height: Height in pixels, likewise.
  ///   - style: Whether the picture brings its style rules or finds them in the page around it.
  /// - Returns: The text of the SVG file.
  func svg(width: Int, height: Int, style: SVGStyle) -> String

  /// Returns the chart as lines of text.
  ///
  /// - Parameters:
  ///   - width: Number of columns.
  ///   - height: Number of lines.
  ///   - color: Whether to color with ANSI escape sequences.
  /// - Returns: The lines, each with its line end.
  func terminal(width: Int, height: Int, color: Bool) -> String

  /// Returns the height in pixels at which the chart looks best when it is `width` pixels wide.
  func preferredHeight(forWidth width: Int) -> Int
}

/// Where an SVG picture finds its style rules.
public enum SVGStyle: Sendable, Hashable {
  /// The picture is a file of its own: it carries its rules and is dark on white everywhere.
  case standalone
  /// The picture stands in a page that has the rules, as `HTMLReport` writes them.
  case embedded
}

extension Chart {
  /// Returns the chart as an SVG document of its own, dark on white.
  ///
  /// - Parameters:
  ///   - width: Width in pixels, 120...8192; other values are brought into this range.
  ///   - height: Height in pixels, likewise.
  /// - Returns: The text of the SVG file.
  public func svg(width: Int, height: Int) -> String {
    svg(width: width, height: height, style: .standalone)
  }

  /// Returns the chart as lines of text without colors.
  ///
  /// - Parameters:
  ///   - width: Number of columns.
  ///   - height: Number of lines.
  /// - Returns: The lines, each with its line end.
  public func terminal(width: Int, height: Int) -> String {
    terminal(width: width, height: height, color: false)
  }

  /// Returns a height that suits charts with two axes: flat where there is room, taller on a phone.
  public func preferredHeight(forWidth width: Int) -> Int {
    let width = SVGCanvas.side(width)
    if width < 440 { return width * 3 / 4 }
    return width < 720 ? width * 3 / 5 : min(max(width * 2 / 5, 360), 480)
  }
}
