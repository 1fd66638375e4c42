import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// Shakespeare's plays, character by character: blocks at random places of the first nine tenths to learn
/// from, all of the last tenth for the test.
public struct TinyShakespeareData: RecipeData {
  /// How many distinct characters the text has.
  public static let characterCount = 65

  /// The characters of a block.
  public let length: Int
  /// The blocks of a pass.
  public let blocks: Int

  /// Blocks of this length, so many in a pass.
  public init(length: Int, blocks: Int) {
    self.length = length
    self.blocks = blocks
  }

  /// `tinyshakespeare`.
  public var name: String { "tinyshakespeare" }

  /// What it is, in one line.
  public var summary: String { "1,115,394 characters of Shakespeare's plays, part of Hebb" }

  /// The characters are no classes of inputs.
  public var classNames: [String] { [] }

  /// Guessing the next character.
  public var objective: any Objective { NextToken() }

  /// Reads the text.
  ///
  /// - Throws: `DataError` if the named folder has none, or a text with other characters.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let source = try read(location)
    let vocabulary = CharacterVocabulary(of: source.text)
    guard vocabulary.count == Self.characterCount else {
      throw DataError(
        source.file ?? name,
        "expected a text of \(Self.characterCount) distinct characters, found \(vocabulary.count); "
          + "name a folder with tinyshakespeare.txt, or none")
    }
    let tokens = try vocabulary.encode(source.text)
    let cut = tokens.count * 9 / 10
    let training = try TokenBlocks(
      Array(tokens[..<cut]), length: length, order: .random(count: blocks, seed: seed))
    let test = try TokenBlocks(Array(tokens[cut...]), length: length, order: .consecutive)
    let counts =
      "\(NumberFormat.grouped(cut)) characters for training, "
      + "\(NumberFormat.grouped(tokens.count - cut)) for the test"
    var loaded = LoadedData(
      examples: TrainingData(training: training, test: test),
      origin: source.file.map { "\($0): \(counts)" }
        ?? "Shakespeare's plays that are part of Hebb: \(counts)",
      completeCount: training.count)
    loaded.vocabulary = vocabulary
    return loaded
  }

  private func read(_ location: DataLocation) throws(DataError) -> TinyShakespeare {
    switch location {
    case .named(let folder): try TinyShakespeare(folder: folder)
    case .searched: try TinyShakespeare.embedded()
    }
  }

  /// The beginning of a text, or a block of the test as `test:17`.
  ///
  /// - Throws: `DataError` if it is empty or has other characters.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    if let (input, _) = try testExample(text, from: data) {
      return Example(input: input, truth: nil)
    }
    guard let tokens = try data().vocabulary?.encode(text), !tokens.isEmpty else {
      throw DataError("expected the beginning of a text, found nothing; write some characters")
    }
    let window = tokens.suffix(length).map { Int64($0) }
    return Example(input: Tensor(window, shape: [1, window.count]), truth: nil)
  }
}
