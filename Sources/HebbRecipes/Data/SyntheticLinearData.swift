import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// Data of a linear model with noise, made anew from the seed: 1,000 examples to learn from, 1,000
/// others for the test.
public struct SyntheticLinearData: RecipeData {
  /// The true weights w.
  public let weights: [Double]
  /// The true bias b.
  public let bias: Double

  private static let count = 1000

  /// Data with these true parameters; those of "Dive into Deep Learning" §3.3 unless said otherwise.
  public init(weights: [Double] = [2, -3.4], bias: Double = 4.2) {
    self.weights = weights
    self.bias = bias
  }

  /// `synthetic-linear`.
  public var name: String { "synthetic-linear" }

  /// What it is, in one line.
  public var summary: String { "y = 2 x1 - 3.4 x2 + 4.2 with noise 0.01, 1,000 examples" }

  /// There are no classes.
  public var classNames: [String] { [] }

  /// Half the mean squared error, which the book prints.
  public var objective: any Objective { Regression(factor: 0.5) }

  /// Makes the examples.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let training = SyntheticLinear(count: Self.count, weights: weights, bias: bias, seed: seed)
    let test = SyntheticLinear(
      count: Self.count, weights: weights, bias: bias,
      seed: PhiloxGenerator(seed: seed).mixing("test").seed)
    return LoadedData(
      examples: TrainingData(training: training.training, test: test.training),
      origin: "1,000 training and 1,000 test examples made from seed \(seed)",
      completeCount: Self.count)
  }

  /// The features as numbers, `1.5,-2`, or an example of the test set.
  ///
  /// - Throws: `DataError` if it is neither.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    if let (input, target) = try testExample(text, from: data) {
      return Example(input: input, truth: NumberFormat.significant(target.doubles()[0], digits: 6))
    }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    let values = numbers.compactMap { $0 }.filter(\.isFinite)
    guard values.count == weights.count, numbers.count == weights.count else {
      throw DataError(
        "expected \(weights.count) numbers with commas between, as 1.5,-2, or test:0, found "
          + quoted(text))
    }
    return Example(input: Tensor(values, shape: [1, weights.count]), truth: nil)
  }
}
