/// What is wrong with a file or with data from outside, in one sentence: what was expected, what
/// was found, what to do.
public struct DataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, or the name under which bytes in memory were given; nil where there is none.
  public let file: String?
  /// What is wrong with it.
  public let problem: String

  /// An error about `file`.
  ///
  /// - Parameters:
  ///   - file: The path, or a name for bytes in memory.
  ///   - problem: What was expected, what was found, what to do; one sentence without the file.
  public init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  /// An error that concerns no file.
  public init(_ problem: String) {
    file = nil
    self.problem = problem
  }

  /// An error about a file that has no tensor `name` among its tensors `names`.
  init(noTensor name: String, among names: [String], in file: String) {
    let known = names.prefix(8).map(quoted).joined(separator: ", ")
    self.init(
      file,
      "expected a tensor \(quoted(name)), found \(plural(names.count, "tensor"))"
        + (names.isEmpty ? "" : ": \(known)\(names.count > 8 ? ", …" : "")")
        + "; check the name")
  }

  /// The whole sentence, safe to print: control characters of a hostile name are escaped.
  public var description: String {
    guard let file else { return problem }
    return "\(printable(file, limit: 1_000)): \(problem)"
  }
}

/// `text` with control characters escaped and cut off after `limit` characters, so that names from
/// a file can stand in a sentence on a terminal.
func printable(_ text: String, limit: Int = 80) -> String {
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return result + "…" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
      result += scalar.escaped(asASCII: true)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// `text` in quotation marks, printable.
func quoted(_ text: String) -> String { "\"\(printable(text))\"" }

/// `count` with a word, "1 byte" or "2 bytes".
func plural(_ count: Int, _ word: String) -> String {
  count == 1 ? "1 \(word)" : "\(count) \(word)s"
}
