/// A system of the textbooks that Hebb contains: where it lives and what shows that it works.
public struct TextbookSystem: Sendable, Hashable {
  /// Its short name, unique: `chain-rule`.
  public let id: String
  /// What it is, in one line.
  public let title: String
  /// The file that holds it, from the root of the package.
  public let home: String
  /// What shows that it works.
  public let evidence: [Evidence]

  /// What shows that a system works.
  public enum Evidence: Sendable, Hashable, CustomStringConvertible {
    /// A function of the test suite, in a file below `Tests`.
    case test(file: String, function: String)
    /// A recipe that `hebb verify` checks.
    case recipe(String)

    /// `recipe lenet` or `HebbCoreTests/GradientTests.swift:chainRule`.
    public init(_ text: String) {
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 {
        self = .test(file: parts[0], function: parts[1])
      } else {
        self = .recipe(text.hasPrefix("recipe ") ? String(text.dropFirst(7)) : text)
      }
    }

    /// As it is written in the index.
    public var description: String {
      switch self {
      case .test(let file, let function): "\(file):\(function)"
      case .recipe(let name): "recipe \(name)"
      }
    }
  }

  /// A system with the file below `Sources` that holds it and the texts of its evidence, in which
  /// test files stand below `Tests`.
  init(_ id: String, _ title: String, in home: String, shownBy evidence: String...) {
    self.id = id
    self.title = title
    self.home = "Sources/" + home
    self.evidence = evidence.map(Evidence.init)
  }

  /// All systems, by group.
  public static let all: [TextbookSystem] =
    calculus + neurons + losses + metrics + optimizers + training + normalization + regularization
    + data + methodology + convolution + text + recurrent + generative
}
