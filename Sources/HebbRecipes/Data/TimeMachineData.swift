import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// The first letters of "The Time Machine" in streams side by side, each block after the one before.
public struct TimeMachineData: RecipeData {
  /// How many distinct symbols there are.
  public static let characterCount = 28

  /// The letters of a block.
  public let length: Int
  /// How many streams the text is cut into.
  public let streams: Int
  /// How many letters are learned.
  public let limit: Int

  /// Blocks of this length in so many streams of the first letters.
  public init(length: Int, streams: Int, limit: Int) {
    self.length = length
    self.streams = streams
    self.limit = limit
  }

  /// `time-machine`.
  public var name: String { "time-machine" }

  /// What it is, in one line.
  public var summary: String {
    "170,580 letters and spaces of H. G. Wells's The Time Machine, part of Hebb"
  }

  /// The letters are no classes of inputs.
  public var classNames: [String] { [] }

  /// Guessing the next letter.
  public var objective: any Objective { NextToken() }

  /// Reads the text.
  ///
  /// - Throws: `DataError` if the named folder has none, or one that is too short.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let source: TimeMachine
    switch location {
    case .named(let folder): source = try TimeMachine(folder: folder)
    case .searched: source = try TimeMachine.embedded()
    }
    let tokens = try TimeMachine.vocabulary.encode(source.text)
    let blocks = try TokenBlocks(
      Array(tokens.prefix(limit)), length: length, order: .streams(streams, seed: seed))
    var examples = TrainingData(training: blocks)
    examples.isOrdered = true
    let counts =
      "the first \(NumberFormat.grouped(min(limit, tokens.count))) of "
      + "\(NumberFormat.grouped(tokens.count)) letters"
    var loaded = LoadedData(
      examples: examples,
      origin: source.file.map { "\($0): \(counts)" }
        ?? "The Time Machine that is part of Hebb: \(counts)",
      completeCount: blocks.count)
    loaded.vocabulary = TimeMachine.vocabulary
    return loaded
  }

  /// The beginning of a text.
  ///
  /// - Throws: `DataError` if it is empty or has other characters.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    let tokens = try TimeMachine.vocabulary.encode(text)
    guard !tokens.isEmpty else {
      throw DataError("expected the beginning of a text, found nothing; write some small letters")
    }
    return Example(input: Tensor(tokens.map { Int64($0) }, shape: [1, tokens.count]), truth: nil)
  }
}
