import HebbData
import HebbIO
import HebbOptim

/// The examples of a run.
public struct TrainingData: Sendable {
  /// What is learned from.
  public var training: AnyDataset
  /// What is measured with after each pass; nil if there is nothing of the kind.
  public var test: AnyDataset?
  /// Whether each pass takes the examples in their order, because the model goes on where it ended.
  public var isOrdered = false

  /// The examples of a run.
  public init(training: some Dataset, test: (some Dataset)?) {
    self.training = AnyDataset(training)
    self.test = test.map { AnyDataset($0) }
  }

  /// The examples of a run without a test.
  public init(training: some Dataset) {
    self.training = AnyDataset(training)
    test = nil
  }
}

/// How long and in what portions a trainer works.
public struct TrainingSettings: Sendable {
  /// The number of passes over the data.
  public var epochs: Int
  /// The number of examples in a step.
  public var batchSize: Int
  /// What the order of the examples is made from; the initial weights are the model's affair.
  public var seed: UInt64
  /// The learning rate of each step; nil leaves the optimizer's.
  public var schedule: (any Schedule)?
  /// The largest norm of the gradients taken together; nil does not limit it.
  public var clipNorm: Double?
  /// The largest magnitude of an element of the gradients; nil does not limit it.
  public var clipValue: Double?
  /// The arithmetic of steps; results are measured in `float32`.
  public var precision = TrainingPrecision.fp32
  /// How many batches make a step, for batches that do not fit into memory at once.
  public var accumulation = 1
  /// d, how slowly the exponential moving average of the parameters follows them, such as 0.999; nil
  /// for no average.
  public var averageDecay: Double?
  /// Whether the averaged parameters, where there are any, are measured with the test set.
  public var evaluatesAverage = true
  /// After how many passes without improvement training stops, with the best weights; nil for never.
  public var patience: Int?
  /// By how much a result must be better to count as improvement.
  public var minimumImprovement = 0.0
  /// How many batches of the test set are tried before the first step.
  public var rehearsedBatches = 1
  /// Whether the cause of a divergence is looked for, by computing the step again. The parameters of
  /// some steps before are kept for that: as much memory as model and optimizer take.
  public var findsCauses = true
  /// After how many steps activations and gradients are inspected; nil for never.
  public var inspectionSteps: Int?
  /// After how many steps metrics are read and logged. Reading waits for the step to be computed.
  public var logSteps = 50
  /// After how many steps a checkpoint is saved, besides at the end of each pass; nil for never.
  public var checkpointSteps: Int?
  /// How many of the newest checkpoints are kept; the best is kept besides.
  public var keptCheckpoints = 2

  /// Settings with the rest as documented.
  ///
  /// - Parameters:
  ///   - epochs: The number of passes over the data.
  ///   - batchSize: The number of examples in a step.
  ///   - seed: What the order of the examples is made from.
  public init(epochs: Int, batchSize: Int, seed: UInt64 = 0) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
  }

  /// Checks the numbers, which may come from a command line.
  ///
  /// - Throws: `DataError` that names the first one out of range.
  public func validate() throws(DataError) {
    func demand(
      _ isFine: Bool, _ name: String, _ range: String, _ found: String
    ) throws(DataError) {
      guard !isFine else { return }
      throw DataError("expected \(name) to be \(range), found \(found); choose another value")
    }
    let limit = 1_000_000_000
    try demand((1...limit).contains(epochs), "the number of epochs", "1 or more", "\(epochs)")
    try demand((1...limit).contains(batchSize), "the batch size", "1 or more", "\(batchSize)")
    try demand(logSteps >= 1, "the steps between log lines", "1 or more", "\(logSteps)")
    try demand(
      checkpointSteps.map { $0 >= 1 } ?? true, "the steps between checkpoints", "1 or more",
      "\(checkpointSteps ?? 0)")
    try demand(
      clipNorm.map { $0 > 0 && $0.isFinite } ?? true, "the limit of the gradients' norm",
      "a positive number", "\(clipNorm ?? 0)")
    try demand(
      clipValue.map { $0 > 0 && $0.isFinite } ?? true, "the limit of the gradients' elements",
      "a positive number", "\(clipValue ?? 0)")
    try demand(
      (1...limit).contains(accumulation), "the batches of a step", "1 or more", "\(accumulation)")
    try demand(
      averageDecay.map { $0 >= 0 && $0 < 1 } ?? true, "the decay of the averaged weights",
      "0 or more and below 1", "\(averageDecay ?? 0)")
    try demand(
      patience.map { $0 >= 1 } ?? true, "the patience of early stopping", "1 or more",
      "\(patience ?? 0)")
    try demand(
      minimumImprovement >= 0 && minimumImprovement.isFinite, "the improvement that counts",
      "0 or more", "\(minimumImprovement)")
    try demand(
      inspectionSteps.map { $0 >= 1 } ?? true, "the steps between inspections", "1 or more",
      "\(inspectionSteps ?? 0)")
  }
}

/// Where a trainer leaves its log and checkpoints.
public struct TrainingRecord: Sendable {
  /// The folder of the run.
  public var folder: RunFolder
  /// What every checkpoint says about the run, as `config.json` does.
  public var configuration: JSONObject
  /// Whether events for TensorBoard are written.
  public var writesEvents = true

  /// A place to leave log and checkpoints.
  public init(folder: RunFolder, configuration: JSONObject) {
    self.folder = folder
    self.configuration = configuration
  }
}
