/// Text made safe for the place where it is put.
package enum Escaping {
  /// Returns `text` with the characters that mean something in XML and HTML replaced by references.
  ///
  /// The result is safe as element content and inside quoted attributes. Control characters that
  /// XML 1.0 forbids even as references become U+FFFD.
  package static func markup(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default:
        result.unicodeScalars.append(isForbidden(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }

  /// Returns `text` on one line without control characters, so that a label that comes from a file
  /// cannot move the cursor or change the colors of a terminal.
  package static func terminal(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: result += " "
      case .format: continue  // among them the marks that reverse the direction of writing
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0xFFFE, 0xFFFF: true
    default: false
    }
  }
}
