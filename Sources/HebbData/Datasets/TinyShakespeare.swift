import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// 40,000 lines of Shakespeare's plays, 1,115,394 characters: the text on which small language models
/// are tried, part of the project.
///
/// - SeeAlso: Karpathy 2015, https://github.com/karpathy/char-rnn.
public struct TinyShakespeare: Sendable {
  /// The whole text.
  public let text: String
  /// Where it came from: a file, or nil for the copy that is part of the project.
  public let file: String?

  /// The names under which a folder may have it.
  public static let fileNames = ["tinyshakespeare.txt", "text/tinyshakespeare.txt", "input.txt"]

  /// Reads the text from a folder.
  ///
  /// - Throws: `DataError` if it is not there or no text.
  public init(folder: String) throws(DataError) {
    for name in Self.fileNames {
      let path = "\(folder)/\(name)"
      guard access(path, F_OK) == 0 else { continue }
      text = try FileReading.text(of: path)
      file = path
      return
    }
    throw DataError(
      folder,
      "expected tinyshakespeare.txt there or in its folder text, found none; name no folder to use "
        + "the copy that is part of Hebb")
  }

  private init(text: String) {
    self.text = text
    file = nil
  }

  /// The copy that is part of the project.
  ///
  /// - Returns: The whole text.
  /// - Throws: `DataError` if the executable has been moved away from its resources.
  public static func embedded() throws(DataError) -> TinyShakespeare {
    let path = try ResourceFolder.path(of: "tinyshakespeare/tinyshakespeare.txt.gz")
    let bytes = try Gzip.decompress(InputFile(path: path), limit: 1 << 24)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataError(path, "expected UTF-8 text, found other bytes; build again")
    }
    return TinyShakespeare(text: text)
  }
}
