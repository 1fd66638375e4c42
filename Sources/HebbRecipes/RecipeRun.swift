import HebbCore
import HebbIO
import HebbNN
import HebbTraining

/// A recipe at work: its data, its model and its folder.
public final class RecipeRun {
  /// What is run.
  public let recipe: Recipe
  /// Its numbers, with what was changed.
  public let training: Hyperparameters
  /// The data.
  public let data: LoadedData
  /// The model.
  public let model: any Layer
  /// Where the run leaves its files.
  public let folder: RunFolder
  /// What stands in `config.json`.
  public let configuration: JSONObject
  /// What a person should know before it begins.
  public let notes: [String]
  /// Where training goes on; nil at the beginning.
  let checkpoint: Checkpoint?

  private init(
    _ recipe: Recipe, _ training: Hyperparameters, _ data: LoadedData, folder: RunFolder,
    model: any Layer, configuration: JSONObject, notes: [String], checkpoint: Checkpoint? = nil
  ) {
    self.recipe = recipe
    self.training = training
    self.data = data
    self.folder = folder
    self.configuration = configuration
    self.notes = notes
    self.checkpoint = checkpoint
    self.model = model
  }

  /// Begins a run: reads the data and makes the folder.
  ///
  /// - Throws: `DataError` if an option, the data or the folder will not do.
  public static func start(_ recipe: Recipe, _ options: RunOptions) throws -> RecipeRun {
    try options.check()
    var training = try options.applied(to: recipe)
    let model = try recipe.makeModel(training)
    let location = DataLocation.find(named: options.dataFolder)
    let data = try recipe.data.load(from: location, seed: training.seed)
    if options.needsAllData, !data.isComplete {
      throw DataError(
        "expected all \(data.completeCount) training examples of \(recipe.data.name), found "
          + "\(data.examples.training.count); name the folder that has them with --data")
    }
    var notes = ["data: \(data.origin)"]
    if !data.isComplete, !options.choosesEpochs {
      notes.append(lengthen(&training, data))
    }
    let configuration = makeConfiguration(recipe, training, data, options)
    let path = try options.output ?? RunName.fresh(for: recipe.name)
    let folder = try RunFolder.create(at: path, configuration: configuration)
    return RecipeRun(
      recipe, training, data, folder: folder, model: model, configuration: configuration,
      notes: notes)
  }

  /// Opens a run that was interrupted, at its newest checkpoint.
  ///
  /// - Parameters:
  ///   - path: The folder of the run, or of one of its checkpoints.
  ///   - expected: The recipe that it must be of; nil for any.
  ///   - options: Only the passes and the folder of the data can be changed.
  /// - Returns: The run, which goes on when it is trained.
  /// - Throws: `DataError` if it is no run of that recipe, or its checkpoint is damaged.
  public static func resume(
    _ path: String, recipe expected: Recipe?, _ options: RunOptions
  ) throws -> RecipeRun {
    try options.check()
    guard options.settings.isEmpty, options.seed == nil, !options.isQuick, options.output == nil
    else {
      throw DataError(
        "expected only --epochs and --data beside --resume, found others; a run goes on with the "
          + "numbers it began with")
    }
    let isCheckpoint = Folder.isFile("\(path)/\(Checkpoint.manifestName)")
    let root = isCheckpoint ? Folder.parent(of: Folder.parent(of: path)) : path
    let folder = try RunFolder.open(root)
    let opened = try Opened(folder, dataFolder: options.dataFolder)
    if let expected, expected.name != opened.recipe.name {
      throw DataError(
        root,
        "expected a run of \(expected.name), found one of \(opened.recipe.name); name that recipe")
    }
    var (training, configuration) = (opened.training, opened.configuration)
    if let wanted = options.precision {
      let begun = configuration["precision"]?.stringValue ?? "fp32"
      guard wanted == begun else {
        throw DataError(
          root,
          "expected the precision \(begun) that the run began with, found \(wanted); leave "
            + "--precision out")
      }
    }
    if let epochs = options.epochs {
      try training.set("epochs", to: String(epochs))
      configuration["training"] = .object(training.json)
    }
    let checkpoint =
      isCheckpoint ? try Checkpoint(folder: Folder.trimmed(path)) : try folder.checkpoints.latest()
    let data = try opened.load()
    // Only a run that can go on changes what the folder says of it.
    _ = try (checkpoint.modelState(), checkpoint.optimizerState())
    if options.epochs != nil { try folder.write(configuration) }
    return RecipeRun(
      opened.recipe, training, data, folder: folder,
      model: try opened.recipe.makeModel(training), configuration: configuration,
      notes: [
        "data: \(data.origin)", "continuing \(root) after step \(checkpoint.manifest.step)",
      ], checkpoint: checkpoint)
  }

  /// The number of threads that the run began with, where this machine has as many processors.
  public var threads: Int? {
    let threads = configuration["threads"]?.integerValue ?? 0
    return (1...Machine.current.processorCount).contains(threads) ? threads : nil
  }

  /// Trains, and writes the report.
  ///
  /// - Parameter display: Shows it to a person; nil for nobody.
  /// - Returns: What it has come to.
  /// - Throws: What `Trainer.run` throws.
  @discardableResult
  public func train(display: ProgressDisplay? = nil) throws -> RunResult {
    var settings = training.settings(stepsPerEpoch: stepsPerEpoch)
    settings.precision = try precision
    let trainer = try Trainer(
      model, training.makeOptimizer(model), recipe.data.objective, data: data.examples,
      settings: settings,
      record: TrainingRecord(folder: folder, configuration: configuration))
    trainer.display = display
    if let checkpoint { try trainer.restore(checkpoint) }
    var summary = try trainer.run()
    // The report shows the weights whose results it names.
    try trainer.withEvaluatedWeights {
      summary.metrics += recipe.measures(model)
      try writeReport(summary)
    }
    return RunResult(run: self, summary: summary)
  }

  /// The arithmetic of the run's steps.
  private var precision: TrainingPrecision {
    get throws(DataError) {
      try RunOptions.precision(named: configuration["precision"]?.stringValue ?? "fp32")
    }
  }

  private var stepsPerEpoch: Int {
    let portion = training.batchSize * training.accumulation
    return (data.examples.training.count + portion - 1) / portion
  }

  private func writeReport(_ summary: TrainingSummary) throws {
    var report = RunReport(
      title: recipe.title, summary: summary, lines: try MetricsLog.read(folder.metricsPath),
      model: model)
    report.subtitle = data.origin
    report.classNames = recipe.data.classNames
    if let test = data.examples.test, !recipe.data.classNames.isEmpty {
      report.details = try ClassificationDetails(
        of: model, on: test, classCount: recipe.data.classNames.count)
      report.test = data.pictures ?? test
    }
    if data.isComplete {
      report.guides = recipe.expected.compactMap { expectation in
        (expectation.lower ?? expectation.upper).map {
          (expectation.metric, $0, "\(expectation.metric) \(expectation.rangeText)")
        }
      }
    }
    report.sections = try recipe.sections(model, data)
    report.facts = [("Recipe", recipe.name), ("Run", folder.path)]
    report.facts += training.json.members.map { ($0.key, $0.value.stringValue ?? $0.value.text()) }
    try report.write(to: folder.reportPath)
  }

  /// With fewer examples a pass has fewer steps: makes more passes, so that there are about as many
  /// steps as with all examples.
  private static func lengthen(_ training: inout Hyperparameters, _ data: LoadedData) -> String {
    let batch = training.batchSize
    let complete = (data.completeCount + batch - 1) / batch
    let steps = max(1, (data.examples.training.count + batch - 1) / batch)
    let epochs = training.epochs
    training.epochs = max(epochs, (epochs * complete + steps / 2) / steps)
    return
      "\(training.epochs) epochs instead of \(epochs), so that there are as many steps as with all of "
      + "the data (--data names a folder that has them)"
  }

  private static func makeConfiguration(
    _ recipe: Recipe, _ training: Hyperparameters, _ data: LoadedData, _ options: RunOptions
  ) -> JSONObject {
    JSONObject([
      ("hebb", .string(hebbVersion)),
      ("recipe", .string(recipe.name)),
      ("title", .string(recipe.title)),
      ("quick", .bool(options.isQuick)),
      ("training", .object(training.json)),
      ("data", .string(recipe.data.name)),
      ("data_folder", options.dataFolder.map { .string($0) } ?? .null),
      ("data_origin", .string(data.origin)),
      ("training_examples", .integer(data.examples.training.count)),
      ("test_examples", .integer(data.examples.test?.count ?? 0)),
      ("device", .string(options.device)),
      ("precision", .string(options.precision ?? TrainingPrecision.fp32.rawValue)),
      ("threads", .integer(Hebb.threads)),
    ])
  }
}

/// The version of Hebb.
public let hebbVersion = "0.1.0"

/// What a run has come to.
public struct RunResult {
  /// The run.
  public let run: RecipeRun
  /// Its numbers.
  public let summary: TrainingSummary

  /// The numbers as one JSON object for scripts.
  public var json: JSONObject {
    var object = JSONObject([("recipe", .string(run.recipe.name))])
    object["epochs"] = .integer(summary.epochs)
    object["steps"] = .integer(summary.steps)
    for metric in summary.metrics { object[metric.name] = .number(metric.value) }
    object["parameters"] = .integer(run.model.parameterCount)
    object["seconds"] = .number(summary.seconds)
    object["samples_per_second"] = summary.samplesPerSecond.map { .number($0) } ?? .null
    object["run"] = .string(run.folder.path)
    object["report"] = .string(run.folder.reportPath)
    return object
  }

  /// Each expected result of the recipe with the value found.
  public var checks: [ResultCheck] {
    run.recipe.expected.map { ($0, summary[$0.metric], $0.isMet(by: summary[$0.metric])) }
  }
}
