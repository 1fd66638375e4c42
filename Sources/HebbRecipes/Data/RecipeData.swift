import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// A data set as a recipe knows it: how to get it, and how to turn what somebody types into an input.
public protocol RecipeData: Sendable {
  /// What a command line calls the data set.
  var name: String { get }
  /// What it is, in one line.
  var summary: String { get }
  /// How the outputs of a model are judged.
  var objective: any Objective { get }
  /// What the classes are called; empty where there are none.
  var classNames: [String] { get }

  /// Reads or makes the data.
  ///
  /// - Parameters:
  ///   - location: Where files may lie.
  ///   - seed: What random data are made from.
  /// - Returns: The data.
  /// - Throws: `DataError` if the files are missing or damaged.
  func load(from location: DataLocation, seed: UInt64) throws -> LoadedData

  /// Turns what somebody typed into an input of a model.
  ///
  /// - Parameters:
  ///   - text: A file, numbers, or an example of the test set as `test:17`.
  ///   - data: Gives the data set, where it is needed.
  /// - Returns: The input.
  /// - Throws: `DataError` if it cannot be understood or read.
  func example(_ text: String, from data: () throws -> LoadedData) throws -> Example
}

/// A data set that has been read.
public struct LoadedData: Sendable {
  /// The examples.
  public var examples: TrainingData
  /// Where they came from, in words.
  public var origin: String
  /// How many training examples the complete data set has; more than there are in a subset.
  public var completeCount: Int
  /// The test examples as pictures to look at, where the model sees something else; nil otherwise.
  public var pictures: AnyDataset?
  /// The characters of a text to go on with; nil where the data are no text.
  public var vocabulary: CharacterVocabulary?

  /// Whether these are all examples of the data set.
  public var isComplete: Bool { examples.training.count >= completeCount }
}

/// An input of a model.
public struct Example: Sendable {
  /// The input with an axis for the batch, `[1, ...]`.
  public var input: Tensor
  /// What should come out, where that is known: the name of a class, or a number.
  public var truth: String?
}

extension RecipeData {
  /// The example of the test set that `test:17` names; nil if the text has not that form.
  func testExample(
    _ text: String, from data: () throws -> LoadedData
  ) throws -> (input: Tensor, target: Tensor)? {
    guard text.hasPrefix("test:") else { return nil }
    guard let test = try data().examples.test else {
      throw DataError("expected a data set with test examples for \(quoted(text)), found none")
    }
    guard let index = Int(text.dropFirst("test:".count)), (0..<test.count).contains(index) else {
      throw DataError(
        "expected an example test:0 to test:\(test.count - 1), found \(quoted(text)); choose "
          + "another")
    }
    let batch = try test.batch(at: [index])
    return (batch.inputs, batch.targets)
  }
}
