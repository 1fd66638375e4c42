import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// H. G. Wells's "The Time Machine" as "Dive into Deep Learning" prepares it: 170,580 small letters and
/// spaces, part of the project.
///
/// - SeeAlso: Zhang et al., "Dive into Deep Learning", §8.2 (§9.2 in English).
public struct TimeMachine: Sendable {
  /// The letters: line by line, whatever is no Latin letter replaced by one space between words.
  public let text: String
  /// Where it came from: a file, or nil for the copy that is part of the project.
  public let file: String?

  /// The names under which a folder may have it.
  public static let fileNames = ["timemachine.txt", "text/timemachine.txt"]

  /// The 28 symbols of the book: one for what is unknown, the space, the letters.
  public static let vocabulary = CharacterVocabulary(
    ["\u{FFFD}", " "] + (0..<26).compactMap { Unicode.Scalar(UInt8(97 + $0)) })

  /// Reads the text from a folder.
  ///
  /// - Throws: `DataError` if it is not there or no text.
  public init(folder: String) throws(DataError) {
    for name in Self.fileNames {
      let path = "\(folder)/\(name)"
      guard access(path, F_OK) == 0 else { continue }
      text = Self.prepared(try FileReading.text(of: path))
      file = path
      return
    }
    throw DataError(
      folder,
      "expected timemachine.txt there or in its folder text, found none; name no folder to use the "
        + "copy that is part of Hebb")
  }

  private init(raw: String) {
    text = Self.prepared(raw)
    file = nil
  }

  /// The copy that is part of the project.
  ///
  /// - Returns: The prepared text.
  /// - Throws: `DataError` if the executable has been moved away from its resources.
  public static func embedded() throws(DataError) -> TimeMachine {
    let path = try ResourceFolder.path(of: "timemachine/timemachine.txt.gz")
    let bytes = try Gzip.decompress(InputFile(path: path), limit: 1 << 24)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataError(path, "expected UTF-8 text, found other bytes; build again")
    }
    return TimeMachine(raw: text)
  }

  /// Small letters, and one space for all that is between them on a line; lines follow each other without
  /// one, as in the book.
  public static func prepared(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var (isSpaceDue, isAtStart) = (false, true)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": (isSpaceDue, isAtStart) = (false, true)
      case "a"..."z", "A"..."Z":
        if isSpaceDue, !isAtStart { result.append(" ") }
        (isSpaceDue, isAtStart) = (false, false)
        result.append(Unicode.Scalar(UInt8(scalar.value | 32)))
      default: isSpaceDue = true
      }
    }
    return String(result)
  }
}
