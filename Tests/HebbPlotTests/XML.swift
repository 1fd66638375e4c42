import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a parser that is not ours finds in an SVG document.
final class XML: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var texts: [String] = []
  private(set) var error: String?
  private var collected = ""

  /// Parses `text` and records an issue where it is not well formed.
  init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() {
      error = "\(String(describing: parser.parserError)) in line \(parser.lineNumber)"
    }
    #expect(error == nil, sourceLocation: sourceLocation)
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append((name, attributes))
    collected = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    collected += string
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "text" { texts.append(collected) }
    collected = ""
  }

  /// The attributes of all elements with a name.
  func all(_ name: String) -> [[String: String]] {
    elements.filter { $0.name == name }.map(\.attributes)
  }

  /// The numbers in all coordinates.
  var coordinates: [Double] {
    var result: [Double] = []
    for (_, attributes) in elements {
      for key in ["x", "y", "cx", "cy", "width", "height"] {
        if let text = attributes[key], let number = Double(text) { result.append(number) }
      }
      let path = attributes["d"] ?? ""
      result += path.split { "MLAZ ".contains($0) }.compactMap { Double($0) }
    }
    return result
  }
}
