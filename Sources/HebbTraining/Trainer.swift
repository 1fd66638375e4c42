import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim

/// Trains a model: a plain loop with a log, checkpoints, exact resumption and a display.
///
/// ```swift
/// let model = LeNet5(seed: 1)
/// let trainer = try Trainer(
///   model, SGD(model, rate: 0.9), Classification(classNames: FashionMNIST.classNames),
///   data: TrainingData(training: images.training, test: images.test),
///   settings: TrainingSettings(epochs: 10, batchSize: 256))
/// let summary = try trainer.run()
/// ```
/// The batches of a pass are a function of the seed and the number of the pass, so a run that goes on
/// from a checkpoint has the same parameters, bit for bit, as one that was never interrupted.
public final class Trainer {
  /// What is trained.
  public let model: any Layer
  /// What moves its parameters.
  public let optimizer: any Optimizer
  /// How its outputs are judged.
  public let objective: any Objective
  /// How long and in what portions it works.
  public let settings: TrainingSettings
  /// Where training stands; the batch is that of the next step.
  public private(set) var position = DataPosition()
  /// When it stops early; nil where it does not.
  public internal(set) var stopping: EarlyStopping?
  /// What the activations and gradients of the last inspected step looked like.
  public internal(set) var inspection: [LayerInspection] = []

  /// Shows training to a person; nil shows nothing.
  public var display: ProgressDisplay?
  /// Asked after each step: the signal that wants training to stop, or nil.
  public var stopRequest: () -> Int32? = { StopSignals.pending }

  let loader: DataLoader<AnyDataset>
  let test: AnyDataset?
  let record: TrainingRecord?
  let average: ModelAverage?
  var log: MetricsLog?
  var events: EventFile?
  var meter = TrainingMeter()
  var clock = TrainingClock()
  var timers = PhaseTimers()
  var watch = LossWatch()
  var best: CheckpointManifest.Best?
  var lastCheckpoint: String?
  /// The norm of the last gradients that were measured.
  var gradientNorm: Tensor?
  /// Where a divergence can be computed again from.
  var rehearsal: TrainingSnapshot?
  /// The weights of the best result, where they are to be restored.
  var bestState: [String: Tensor]?
  /// Whether early stopping has given the model its best weights.
  var isBestRestored = false
  /// Whether the inspection has not been logged yet.
  var isInspectionFresh = false
  /// Places that were already reported as dead.
  var reportedPlaces: Set<String> = []
  /// Whether what a checkpoint would save fits together.
  private var isConsistent = true
  /// The lines of the log about whole passes.
  public internal(set) var epochs: [JSONObject] = []

  /// A trainer at the beginning.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - optimizer: What moves its parameters; made for `model`.
  ///   - objective: How its outputs are judged.
  ///   - data: The examples.
  ///   - settings: How long and in what portions it works.
  ///   - record: Where it leaves log and checkpoints; nil for nowhere.
  /// - Throws: `DataError` if a setting is out of range or there are no examples.
  public init(
    _ model: any Layer, _ optimizer: any Optimizer, _ objective: any Objective, data: TrainingData,
    settings: TrainingSettings, record: TrainingRecord? = nil
  ) throws {
    try settings.validate()
    self.model = model
    self.optimizer = optimizer
    self.objective = objective
    self.settings = settings
    self.record = record
    test = data.test
    loader = try DataLoader(
      data.training, batchSize: settings.batchSize, isShuffled: !data.isOrdered,
      seed: settings.seed)
    average = settings.averageDecay.map { ModelAverage(model, .exponential(decay: $0)) }
    stopping = settings.patience.map {
      EarlyStopping(
        patience: $0, minimumImprovement: settings.minimumImprovement,
        isLargerBetter: objective.criterion.isLargerBetter)
    }
  }

  /// The number of steps done.
  public var step: Int { optimizer.stepCount }

  /// The number of steps of a pass.
  public var epochStepCount: Int {
    (loader.batchCount + settings.accumulation - 1) / settings.accumulation
  }

  /// Trains until all passes are done, or nothing improves any more where that ends it.
  ///
  /// - Returns: What was measured in the last pass.
  /// - Throws: `Divergence` if the loss is no number any more, `Interruption` if a signal asked to
  ///   stop, `TrainingFailure` if anything else failed and the state could be saved, else that error:
  ///   `DataError` if a file cannot be written, what reading the data throws. The last checkpoint
  ///   stays as it is in each case.
  @discardableResult
  public func run() throws -> TrainingSummary {
    if let record, log == nil { log = try MetricsLog(path: record.folder.metricsPath) }
    if let record, record.writesEvents, events == nil {
      events = try EventFile(folder: record.folder.path, resumingAt: step > 0 ? step + 1 : nil)
    }
    defer {
      display?.clear()
      writeTable()
    }
    do {
      try rehearseEvaluation()
      clock.start()
      model.train()
      while position.epoch < settings.epochs, stopping?.isOver != true {
        try trainEpoch()
        try finishEpoch()
      }
      if stopping?.isOver == true { try restoreBest() }
    } catch let stop as Interruption {
      display?.clear()
      try saveCheckpoint()
      throw Interruption(signal: stop.signal, step: stop.step, checkpoint: lastCheckpoint)
    } catch let error where !(error is Divergence) {
      throw rescued(error)
    }
    return summary
  }

  private func trainEpoch() throws {
    takeSnapshot()
    var batches = try loader.batches(from: position).makeIterator()
    while let group = try timed(.data, { try nextGroup(&batches) }) {
      let assessments = timed(.step) { takeStep(group) }
      position.batch += group.count
      for (batch, assessment) in zip(group, assessments) {
        meter.add(assessment, count: batch.count, step: step)
        clock.count(samples: batch.count)
      }
      try followUp()
    }
  }

  /// The batches of the next step; nil at the end of the pass. All are read before the step begins, so
  /// that one that cannot be read leaves the state as it was.
  func nextGroup(_ batches: inout EpochBatches<AnyDataset>.Iterator) throws -> [Batch]? {
    var group: [Batch] = []
    while group.count < settings.accumulation, let batch = try batches.nextBatch() {
      group.append(batch)
    }
    return group.isEmpty ? nil : group
  }

  /// What has to be done after some of the steps.
  private func followUp() throws {
    try logInspection()
    if step.isMultiple(of: settings.logSteps) {
      try readMetrics()
      try logWindow()
    } else if meter.isFull {
      try readMetrics()
    }
    if let display, display.isDue() {
      try readMetrics()
      display.update(progress)
    }
    if let interval = settings.checkpointSteps, step.isMultiple(of: interval),
      position.batch < loader.batchCount
    {
      try saveCheckpoint()
    }
    try stopIfAsked()
  }

  private func finishEpoch() throws {
    try readMetrics()
    clock.pause()
    var metrics = meter.epoch.means.map { ("train_" + $0.name, $0.value) }
    let began = ContinuousClock.now
    if let test {
      let size = max(settings.batchSize, 256)
      let measured = try timed(.evaluation) {
        try withEvaluatedWeights {
          try evaluate(model, objective, on: test, batchSize: size) { try stopIfAsked() }
        }
      }
      metrics += measured.means.map { ("test_" + $0.name, $0.value) }
    }
    clock.evaluationSeconds = (ContinuousClock.now - began).seconds
    isConsistent = false
    noteBest(metrics)
    position = DataPosition(epoch: position.epoch + 1)
    try logEpoch(metrics)
    meter.beginEpoch()
    isConsistent = true
    try saveCheckpoint()
    clock.beginEpoch()
    clock.start()
  }

  private func noteBest(_ metrics: [(String, Double)]) {
    let name = (test == nil ? "train_" : "test_") + objective.criterion.name
    guard let value = metrics.first(where: { $0.0 == name })?.1 else { return }
    _ = stopping?.observe(value)
    guard value.isFinite else { return }
    if let best, !objective.criterion.prefers(value, to: best.value) { return }
    best = CheckpointManifest.Best(metric: name, value: value, step: step)
    if stopping != nil { bestState = withEvaluatedWeights { modelState } }
  }

  /// Runs `body` while the model has the weights that results are measured with: averaged ones where
  /// there are any, its own after the best ones have been restored.
  public func withEvaluatedWeights<R>(_ body: () throws -> R) rethrows -> R {
    guard let average, settings.evaluatesAverage, !isBestRestored else { return try body() }
    return try average.applied(body)
  }

  /// Stops if a signal asks for it; `run` saves.
  private func stopIfAsked() throws {
    guard let signal = stopRequest() else { return }
    throw Interruption(signal: signal, step: step, checkpoint: nil)
  }

  /// The error that is thrown on, after the state has been saved if that is possible.
  private func rescued(_ error: any Error) -> any Error {
    guard isConsistent, record != nil, (try? saveCheckpoint()) != nil, let lastCheckpoint else {
      return error
    }
    return TrainingFailure(underlying: error, step: step, checkpoint: lastCheckpoint)
  }

  /// Measures the time of a part of the work.
  func timed<R>(_ phase: TrainingPhase, _ body: () throws -> R) rethrows -> R {
    let began = ContinuousClock.now
    defer { timers.add((ContinuousClock.now - began).seconds, to: phase) }
    return try body()
  }

  // MARK: - Measuring

  /// Evaluates on a few batches before the first step, so that a mistake in the evaluation shows now
  /// and not after the first pass. Leaves no trace.
  private func rehearseEvaluation() throws {
    guard step == 0, position == DataPosition(), settings.rehearsedBatches > 0, let test else {
      return
    }
    let size = max(settings.batchSize, 256)
    let (count, overflow) = settings.rehearsedBatches.multipliedReportingOverflow(by: size)
    _ = try evaluate(
      model, objective, on: AnyDataset(test, first: overflow ? test.count : count), batchSize: size)
  }

  /// Reads the losses of the steps since the last time, and stops at one that is no number.
  func readMetrics() throws {
    guard let failure = meter.read() else {
      takeSnapshot()
      return
    }
    throw divergence(
      at: failure.step, "the loss became \(NumberFormat.significant(failure.loss))",
      cause: cause(ofStep: failure.step))
  }

  /// Why training cannot go on, in one sentence.
  func divergence(at step: Int, _ what: String, cause: String? = nil) -> Divergence {
    let rate = NumberFormat.significant(optimizer.rate)
    let last =
      meter.lastFinite.map {
        " (last finite loss \(NumberFormat.significant($0.loss)) at step \($0.step))"
      } ?? ""
    let kept =
      lastCheckpoint.map { "; the checkpoint \($0) is kept" }
      ?? (record == nil ? "" : "; no checkpoint had been saved yet")
    return Divergence(
      step: step, cause: cause,
      description: "\(what) at step \(step)\(last)\(cause.map { "; \($0)" } ?? ""); lower the "
        + "learning rate, which is \(rate), or limit the norm of the gradients (clip-norm)\(kept)")
  }

  /// How far training is.
  var progress: ProgressState {
    var state = ProgressState()
    let portion = settings.accumulation
    state.epoch = position.epoch + 1
    state.epochCount = settings.epochs
    state.step = step
    state.stepCount = settings.epochs * epochStepCount
    state.epochStep = (position.batch + portion - 1) / portion
    state.epochStepCount = epochStepCount
    state.metrics = meter.epoch.means.map { ProgressState.Metric($0.name, $0.value) }
    state.samplesPerSecond = clock.samplesPerSecond
    state.secondsLeft = clock.secondsLeft(
      steps: (state.stepCount - step) * portion,
      evaluations: test == nil ? 0 : settings.epochs - position.epoch)
    return state
  }

  // MARK: - Going on

  /// Takes over where a checkpoint was saved.
  func resume(at position: DataPosition) { self.position = position }
}
