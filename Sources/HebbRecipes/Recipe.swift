import HebbCore
import HebbIO
import HebbNN
import HebbPlot
import HebbTraining

/// A training run as data: model, data set, numbers, and the result that it must have.
///
/// ```swift
/// Recipe(
///   name: "softmax-regression", title: "Softmax regression on Fashion-MNIST",
///   model: { SoftmaxRegression(seed: $0) }, data: FashionMNISTData(),
///   training: Hyperparameters(optimizer: .sgd, rate: 0.1, batchSize: 256, epochs: 10),
///   quick: QuickForm(epochs: 2), expected: [...])
/// ```
public struct Recipe: Sendable {
  /// What a command line calls it.
  public let name: String
  /// What a report calls it.
  public let title: String
  /// Makes the model from a seed.
  public let model: @Sendable (_ seed: UInt64) -> any Layer
  /// The data set.
  public let data: any RecipeData
  /// Optimizer, rate, sizes.
  public let training: Hyperparameters
  /// What is done less in the quick form.
  public let quick: QuickForm
  /// What the run must come to with all of the data.
  public let expected: [Expectation]

  /// Measures of the trained model itself, such as the error of its weights.
  public var measures: @Sendable (_ model: any Layer) -> [ProgressState.Metric] = { _ in [] }

  /// Further parts of the report: what the trained model makes.
  public var sections: @Sendable (_ model: any Layer, _ data: LoadedData) throws -> Sections = {
    _, _ in []
  }

  /// Parts of a report.
  public typealias Sections = [HTMLReport.Section]

  /// The depths that its network has, where it has several.
  public var depths: DepthChoice?

  /// A recipe.
  ///
  /// - Parameters:
  ///   - name: What a command line calls it.
  ///   - title: What a report calls it.
  ///   - model: Makes the model from a seed.
  ///   - data: The data set.
  ///   - training: Optimizer, rate, sizes.
  ///   - quick: What is done less in the quick form.
  ///   - expected: What the run must come to with all of the data.
  public init(
    name: String, title: String, model: @escaping @Sendable (_ seed: UInt64) -> any Layer,
    data: any RecipeData, training: Hyperparameters, quick: QuickForm, expected: [Expectation]
  ) {
    self.name = name
    self.title = title
    self.model = model
    self.data = data
    self.training = training
    self.quick = quick
    self.expected = expected
  }
}

extension Recipe {
  /// The model for these numbers.
  ///
  /// - Throws: `DataError` if the network has not the depth that was chosen.
  public func makeModel(_ training: Hyperparameters) throws(DataError) -> any Layer {
    guard let depth = training.depth else { return model(training.seed) }
    guard let depths else {
      throw DataError(
        "expected no depth for the recipe \(name), found \(depth); its network has only one")
    }
    guard depths.contains(depth) else {
      throw DataError("expected a depth of \(depths.meaning), found \(depth); choose another one")
    }
    return depths.model(depth, training.seed)
  }
}

/// The depths that a recipe's network can have.
public struct DepthChoice: Sendable {
  /// Which they are, in words.
  public let meaning: String
  /// Whether a network of so many layers exists.
  public let contains: @Sendable (_ depth: Int) -> Bool
  /// Makes it from a seed.
  public let model: @Sendable (_ depth: Int, _ seed: UInt64) -> any Layer

  /// A choice of depths.
  ///
  /// - Parameters:
  ///   - meaning: Which they are, in words.
  ///   - contains: Whether a network of so many layers exists.
  ///   - model: Makes it from a seed.
  public init(
    _ meaning: String, contains: @escaping @Sendable (_ depth: Int) -> Bool,
    model: @escaping @Sendable (_ depth: Int, _ seed: UInt64) -> any Layer
  ) {
    self.meaning = meaning
    self.contains = contains
    self.model = model
  }
}

/// The short form of a recipe, which ends within two minutes on two processors: it shows that
/// everything works, and need not reach the expected result.
public struct QuickForm: Sendable, Hashable {
  /// The number of passes over the data.
  public let epochs: Int

  /// A short form of so many passes.
  public init(epochs: Int) { self.epochs = epochs }
}
