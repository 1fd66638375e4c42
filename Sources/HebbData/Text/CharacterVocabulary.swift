import HebbIO

/// The characters of a text, numbered in their order: the simplest vocabulary, in which nothing is
/// unknown that the text has.
public struct CharacterVocabulary: Sendable, Hashable {
  /// The characters in the order of their numbers, Unicode's.
  public let characters: [Unicode.Scalar]
  private let numbers: [Unicode.Scalar: Int]

  /// The characters of a text, sorted.
  public init(of text: String) {
    self.init(Set(text.unicodeScalars).sorted())
  }

  /// Characters in the order of their numbers; repeated ones count once.
  public init(_ characters: [Unicode.Scalar]) {
    var numbers: [Unicode.Scalar: Int] = [:]
    var distinct: [Unicode.Scalar] = []
    for character in characters where numbers[character] == nil {
      numbers[character] = distinct.count
      distinct.append(character)
    }
    self.characters = distinct
    self.numbers = numbers
  }

  /// How many there are.
  public var count: Int { characters.count }

  /// The numbers of a text's characters.
  ///
  /// - Throws: `DataError` that names the first character that is not in the vocabulary.
  public func encode(_ text: String) throws(DataError) -> [Int] {
    var tokens: [Int] = []
    tokens.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
      guard let number = numbers[character] else {
        throw DataError(
          "expected characters that the training text has, found U+"
            + "\(String(character.value, radix: 16, uppercase: true)); leave it out")
      }
      tokens.append(number)
    }
    return tokens
  }

  /// The text of numbers; those that stand for nothing become the replacement character.
  public func decode(_ tokens: some Sequence<Int>) -> String {
    var text = String.UnicodeScalarView()
    for token in tokens {
      text.append(characters.indices.contains(token) ? characters[token] : "\u{FFFD}")
    }
    return String(text)
  }
}
