import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTraining

/// Things to try before a training: nothing of them is saved.
public final class Rehearsal {
  /// What is tried.
  public let recipe: Recipe
  /// Its numbers, with what was changed.
  public let training: Hyperparameters
  /// The data.
  public let data: LoadedData
  /// The model.
  public let model: any Layer
  private let precision: TrainingPrecision

  /// Reads the data and makes the model.
  ///
  /// - Throws: `DataError` if an option or the data will not do.
  public init(_ recipe: Recipe, _ options: RunOptions) throws {
    try options.check()
    precision = try options.trainingPrecision
    training = try options.applied(to: recipe)
    let location = DataLocation.find(named: options.dataFolder)
    data = try recipe.data.load(from: location, seed: training.seed)
    model = try recipe.makeModel(training)
    self.recipe = recipe
  }

  // MARK: - One batch

  /// What one batch of training and one of the test took.
  public struct DryRun: Sendable {
    /// The findings as lines.
    public let text: String
    /// The same for scripts.
    public let json: JSONObject
  }

  /// One step and one measuring on a batch each.
  ///
  /// - Returns: Shapes, losses and memory.
  /// - Throws: `DataError` if a number is out of range, and what reading the data throws.
  public func dryRun() throws -> DryRun {
    let first = Array(0..<min(training.batchSize, data.examples.training.count))
    let batch = try data.examples.training.batch(at: first, epoch: 0)
    let outputs = withoutGradients { model.eval()(batch.inputs) }
    var settings = training.settings(stepsPerEpoch: 1)
    settings.epochs = 1
    settings.precision = precision
    let trainer = try Trainer(
      model, training.makeOptimizer(model), recipe.data.objective,
      data: TrainingData(
        training: AnyDataset(data.examples.training, first: first.count),
        test: data.examples.test.map { AnyDataset($0, first: first.count) }),
      settings: settings)
    let summary = try trainer.run()
    let memory = MemoryStatistics.current.peakBytes
    var lines = [
      "inputs: \(batch.inputs.type)", "targets: \(batch.targets.type)",
      "outputs: \(outputs.type)",
      "parameters: \(NumberFormat.grouped(model.parameterCount))",
      "memory: \(NumberFormat.grouped((memory + 1023) / 1024)) KB at most, with the data",
    ]
    lines += summary.metrics.map(\.text)
    do {
      try checkUse(of: model.eval(), at: batch.inputs[0..<min(batch.count, 8)])
    } catch { lines.append("warning: \(error)") }
    lines.append("nothing was saved")
    var json = JSONObject([("recipe", .string(recipe.name)), ("dry_run", .bool(true))])
    json["inputs"] = .array(batch.inputs.shape.map { .integer($0) })
    json["outputs"] = .array(outputs.shape.map { .integer($0) })
    json["parameters"] = .integer(model.parameterCount)
    json["peak_bytes"] = .integer(memory)
    for metric in summary.metrics { json[metric.name] = .number(metric.value) }
    return DryRun(text: lines.joined(separator: "\n"), json: json)
  }

  // MARK: - A few examples

  /// How far a model came with a few examples.
  public struct Fit: Sendable {
    /// Whether all are recognized, where there are classes, and the loss is below 0.001.
    public let isFitted: Bool
    /// The loss at the end, in the mode of use.
    public let loss: Double
    /// The share of recognized examples; nil where there are no classes.
    public let accuracy: Double?
    /// The steps that it took.
    public let steps: Int

    /// The findings in a sentence.
    public var text: String {
      let share = accuracy.map { ", accuracy \(NumberFormat.percent($0))" } ?? ""
      return "\(isFitted ? "fitted" : "not fitted") after \(steps) steps: loss "
        + NumberFormat.significant(loss) + share
    }

    /// The same for scripts.
    public var json: JSONObject {
      JSONObject([
        ("fitted", .bool(isFitted)), ("loss", .number(loss)),
        ("accuracy", accuracy.map { .number($0) } ?? .null), ("steps", .integer(steps)),
      ])
    }
  }

  /// Trains on the first examples alone until they are fitted: a model that cannot do this has a
  /// mistake in it.
  ///
  /// - Parameters:
  ///   - count: How many examples there are.
  ///   - limit: After how many steps the attempt ends.
  /// - Returns: How far it came.
  /// - Throws: `Divergence`, and what reading the data throws.
  /// - SeeAlso: Goodfellow et al. 2016, §11.5.
  public func fit(first count: Int, limit: Int = 2000) throws -> Fit {
    let few = AnyDataset(data.examples.training, first: count)
    let optimizer = training.makeOptimizer(model)
    var settings = TrainingSettings(epochs: 1, batchSize: max(few.count, 1), seed: training.seed)
    settings.clipNorm = training.clipNorm
    settings.logSteps = 25
    settings.precision = precision
    var fit = Fit(isFitted: false, loss: .infinity, accuracy: nil, steps: 0)
    while fit.steps < limit, !fit.isFitted {
      // Passes of one step each; the state of the optimizer goes on.
      settings.epochs = 25
      let trainer = try Trainer(
        model, optimizer, recipe.data.objective, data: TrainingData(training: few),
        settings: settings)
      try trainer.run()
      let measured = try evaluate(model, recipe.data.objective, on: few)
      let (loss, accuracy) = (measured.mean("loss") ?? .infinity, measured.mean("accuracy"))
      fit = Fit(
        isFitted: loss < 1e-3 && (accuracy ?? 1) == 1, loss: loss, accuracy: accuracy,
        steps: optimizer.stepCount)
    }
    return fit
  }

  // MARK: - Rates

  /// Tries rates on the training examples.
  ///
  /// - Throws: What reading the data throws.
  public func findRate() throws -> RateFinder {
    try withAutocast(precision.autocast) {
      try RateFinder(
        model, training.makeOptimizer(model), recipe.data.objective, data: data.examples.training,
        batchSize: training.batchSize, seed: training.seed)
    }
  }

  /// What follows from the rates, in a sentence.
  public func advice(_ finder: RateFinder) -> String {
    guard let rate = finder.steepest else {
      return "no rate made the loss fall; check the model with --overfit 8"
    }
    let limit = finder.tenthOfLowest.map { ", at most about \(NumberFormat.significant($0))" } ?? ""
    return
      "the loss falls fastest at a rate of \(NumberFormat.significant(rate))\(limit); the recipe has "
      + "\(NumberFormat.significant(training.rate)); use it with --set rate="
      + NumberFormat.significant(rate)
  }

  /// The same for scripts.
  public func json(_ finder: RateFinder, chart: String) -> JSONObject {
    JSONObject([
      ("recipe", .string(recipe.name)),
      ("suggested_rate", finder.steepest.map { .number($0) } ?? .null),
      ("tenth_of_lowest", finder.tenthOfLowest.map { .number($0) } ?? .null),
      ("rates", .integer(finder.points.count)), ("chart", .string(chart)),
    ])
  }
}
