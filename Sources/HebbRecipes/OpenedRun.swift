import HebbCore
import HebbIO
import HebbNN
import HebbText
import HebbTraining

/// What a `config.json` says: which recipe, with which numbers and data.
struct Opened {
  let recipe: Recipe
  let training: Hyperparameters
  let configuration: JSONObject
  let folder: RunFolder
  private let dataFolder: String?

  /// Reads the configuration of a run.
  ///
  /// - Throws: `DataError` if it is damaged or of another version.
  init(_ folder: RunFolder, dataFolder: String?) throws(DataError) {
    self.folder = folder
    configuration = try folder.configuration()
    if let study = configuration["study"]?.stringValue {
      throw DataError(
        folder.path,
        "expected a training run, found the study \(quoted(study)), which keeps no model; run it "
          + "again with hebb train")
    }
    guard let name = configuration["recipe"]?.stringValue,
      let numbers = configuration["training"]?.objectValue
    else {
      throw DataError(
        folder.configurationPath,
        "expected a recipe and its training numbers, found something else; it is damaged")
    }
    do throws(DataError) {
      recipe = try Recipe.named(name)
      var training = recipe.training
      try training.take(numbers)
      self.training = training
    } catch {
      throw DataError(folder.configurationPath, error.description)
    }
    self.dataFolder = dataFolder ?? configuration["data_folder"]?.stringValue
  }

  /// Reads the data that the run began with.
  ///
  /// - Throws: `DataError` if they are not there or others.
  func load() throws -> LoadedData {
    let location = DataLocation.find(named: dataFolder)
    let data = try recipe.data.load(from: location, seed: training.seed)
    let expected = configuration["training_examples"]?.integerValue
    guard expected == data.examples.training.count else {
      throw DataError(
        "expected the \(expected ?? 0) training examples that \(folder.path) began with, found "
          + "\(data.examples.training.count); name their folder with --data")
    }
    return data
  }
}

/// A trained model to use: the result of a run.
public final class TrainedModel {
  /// The recipe it was made by.
  public let recipe: Recipe
  /// The model, in the mode of use.
  public let model: any Layer
  /// The number of steps that it was trained for.
  public let step: Int
  /// The folder of the checkpoint.
  public let checkpoint: String

  private let opened: Opened
  var runFolder: String { opened.folder.path }
  private var loaded: LoadedData?

  /// Opens the model of a run.
  ///
  /// - Parameters:
  ///   - path: The folder of the run.
  ///   - dataFolder: The folder with the data; nil for that of the run.
  ///   - isBest: Whether the checkpoint with the best result is taken instead of the newest.
  /// - Throws: `DataError` if it is no run, or has no checkpoint that is whole.
  public init(run path: String, dataFolder: String? = nil, isBest: Bool = false) throws {
    let folder = try RunFolder.open(path)
    opened = try Opened(folder, dataFolder: dataFolder)
    recipe = opened.recipe
    var checkpoint = try folder.checkpoints.latest()
    if isBest, let best = checkpoint.manifest.best {
      checkpoint = try Checkpoint(folder: folder.checkpoints.path(ofStep: best.step))
    }
    model = try recipe.makeModel(opened.training)
    try load(
      checkpoint.modelState(), into: model, name: "\(checkpoint.folder)/\(Checkpoint.modelName)")
    if let averages = try checkpoint.averageState() {
      // Results were measured with the averaged weights: they are the model.
      let own = try checkpoint.modelState()
      try load(
        own.merging(averages) { $1 }, into: model,
        name: "\(checkpoint.folder)/\(Checkpoint.averageName)")
    }
    model.eval()
    step = checkpoint.manifest.step
    self.checkpoint = checkpoint.folder
  }

  /// The data of the run; read once.
  ///
  /// - Throws: `DataError` if they cannot be read.
  public func data() throws -> LoadedData {
    if let loaded { return loaded }
    let data = try opened.load()
    loaded = data
    return data
  }

  /// Measures the model on the test set.
  ///
  /// - Throws: `DataError` if there is none or it cannot be read.
  public func evaluate() throws -> [ProgressState.Metric] {
    guard let test = try data().examples.test else {
      throw DataError(opened.folder.path, "expected data with a test set, found none")
    }
    let sums = try HebbTraining.evaluate(model, recipe.data.objective, on: test)
    return sums.means.map { ProgressState.Metric("test_" + $0.name, $0.value) }
      + recipe.measures(model)
  }

  /// A class, or a number where there are no classes, that the model finds for an input.
  public struct Prediction: Sendable {
    /// The input as it was given.
    public let input: String
    /// What should come out, where that is known.
    public let truth: String?
    /// The classes with their probabilities, the likeliest first; empty where there are none.
    public let classes: [(name: String, probability: Double)]
    /// The outputs of the model.
    public let outputs: [Double]
  }

  /// Asks the model.
  ///
  /// - Parameter text: A file, numbers, or an example of the test set as `test:17`.
  /// - Returns: What the model says.
  /// - Throws: `DataError` if the input cannot be understood or read.
  public func predict(_ text: String) throws -> Prediction {
    let example = try recipe.data.example(text, from: data)
    let outputs = withoutGradients { model(example.input) }
    let names = recipe.data.classNames
    var classes: [(name: String, probability: Double)] = []
    if !names.isEmpty {
      classes = zip(names, softmax(outputs).doubles()).map { ($0, $1) }
      classes.sort { $0.probability > $1.probability }
    }
    return Prediction(
      input: text, truth: example.truth, classes: classes, outputs: outputs.doubles())
  }

  /// Whether the model goes on with a text.
  public var writesText: Bool { model is any TextWriter }

  /// Goes on with a text.
  ///
  /// - Parameters:
  ///   - beginning: The text, one character or more.
  ///   - count: How many characters are added.
  ///   - sampling: How they are chosen.
  /// - Returns: What is added.
  /// - Throws: `DataError` if the model writes no text, or the beginning has characters that it does
  ///   not know.
  public func write(
    after beginning: String, count: Int, _ sampling: TokenSampling = .init()
  ) throws -> String {
    guard let model = model as? any TextWriter, let vocabulary = try data().vocabulary else {
      throw DataError("expected a run of a model that writes text, found one of \(recipe.name)")
    }
    let tokens = try vocabulary.encode(beginning)
    guard !tokens.isEmpty else {
      throw DataError("expected the beginning of a text, found nothing; write some characters")
    }
    return vocabulary.decode(model.generate(after: tokens, count: count, sampling))
  }
}
