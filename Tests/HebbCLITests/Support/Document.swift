import Foundation
import Testing

/// A text file of the project.
struct Document {
  let lines: [String]
  /// The folder of the text in the project, with a slash at its end, or nothing.
  private let folder: String

  /// The folder of the project, with a slash at its end.
  static var root: String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(4).joined(separator: "/") + "/"
  }

  init(_ path: String) throws {
    folder = path.hasPrefix("docs/") ? "docs/" : ""
    let full = path.hasPrefix("/") ? path : Self.root + path
    lines = try String(contentsOfFile: full, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines between one with this mark and the next that ends the block.
  func block(after mark: String) throws -> [String] {
    let begin = try #require(lines.firstIndex(of: mark))
    return Array(lines[(begin + 1)...].prefix { $0 != "```" })
  }

  /// What looks like a file of the project, in links and between backquotes.
  var namedPaths: [String] {
    let text = lines.joined(separator: "\n")
    let links = text.matches(of: /\]\(([^)#:]+)\)/).map { resolved(String($0.1)) }
    let named = text.matches(of: /`((Sources|Tests|Tools|scripts|docs)\/[A-Za-z0-9_.\/-]+)`/)
    return links + named.map { String($0.1) }
  }

  /// A link as a path from the folder of the project.
  private func resolved(_ link: String) -> String {
    link.hasPrefix("../") ? String(link.dropFirst(3)) : folder + link
  }
}
