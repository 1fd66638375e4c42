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

  /// Shows training to a person; nil shows nothing.
  public var display: ProgressDisplay?
  /// Asked after each step: the signal that wants training to stop, or nil.
  public var stopRequest: () -> Int32? = { StopSignals.pending }

  let loader: DataLoader<AnyDataset>
  let test: AnyDataset?
  let record: TrainingRecord?
  var log: MetricsLog?
  var meter = TrainingMeter()
  var clock = TrainingClock()
  var best: CheckpointManifest.Best?
  var lastCheckpoint: String?
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
      data.training, batchSize: settings.batchSize, isShuffled: true, seed: settings.seed)
  }

  /// The number of steps done.
  public var step: Int { optimizer.stepCount }

  /// The number of steps of a pass.
  public var epochStepCount: Int { loader.batchCount }

  /// Trains until all passes are done.
  ///
  /// - Returns: What was measured in the last pass.
  /// - Throws: `Divergence` if the loss is no number any more, `Interruption` if a signal asked to
  ///   stop, `DataError` if a file cannot be written, and what reading the data throws. The last
  ///   checkpoint stays as it is in each case.
  @discardableResult
  public func run() throws -> TrainingSummary {
    if let record, log == nil { log = try MetricsLog(path: record.folder.metricsPath) }
    defer { display?.clear() }
    clock.start()
    model.train()
    while position.epoch < settings.epochs {
      try trainEpoch()
      try finishEpoch()
    }
    return summary
  }

  private func trainEpoch() throws {
    var batches = try loader.batches(from: position).makeIterator()
    while let batch = try batches.nextBatch() {
      if let schedule = settings.schedule { optimizer.rate = schedule(at: step) }
      let assessment = objective.assess(model(batch.inputs), batch.targets)
      var slopes = gradients(of: assessment.loss, for: optimizer.parameters)
      if let limit = settings.clipNorm { slopes = slopes.clipped(toNorm: limit) }
      optimizer.step(along: slopes)
      // The measures are computed now, so that the step's graph and memory are not kept for them.
      Tensor.commit([], results: assessment.sums.map(\.sum))
      position.batch += 1
      meter.add(assessment, count: batch.count, step: step)
      clock.count(samples: batch.count)
      try followUp()
    }
  }

  /// What has to be done after some of the steps.
  private func followUp() throws {
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
      let measured = try evaluate(model, objective, on: test, batchSize: size) { try stopIfAsked() }
      metrics += measured.means.map { ("test_" + $0.name, $0.value) }
    }
    clock.evaluationSeconds = (ContinuousClock.now - began).seconds
    noteBest(metrics)
    position = DataPosition(epoch: position.epoch + 1)
    try logEpoch(metrics)
    meter.beginEpoch()
    try saveCheckpoint()
    clock.beginEpoch()
    clock.start()
  }

  private func noteBest(_ metrics: [(String, Double)]) {
    let name = (test == nil ? "train_" : "test_") + objective.criterion.name
    guard let value = metrics.first(where: { $0.0 == name })?.1, value.isFinite else { return }
    if let best, !objective.criterion.prefers(value, to: best.value) { return }
    best = CheckpointManifest.Best(metric: name, value: value, step: step)
  }

  /// Saves and stops if a signal asks for it.
  private func stopIfAsked() throws {
    guard let signal = stopRequest() else { return }
    display?.clear()
    try saveCheckpoint()
    throw Interruption(signal: signal, step: step, checkpoint: lastCheckpoint)
  }

  // MARK: - Measuring

  /// Reads the losses of the steps since the last time, and stops at one that is no number.
  func readMetrics() throws {
    guard let failure = meter.read() else { return }
    throw divergence(
      at: failure.step, "the loss became \(NumberFormat.significant(failure.loss))")
  }

  /// Why training cannot go on, in one sentence.
  func divergence(at step: Int, _ what: String) -> Divergence {
    let rate = NumberFormat.significant(optimizer.rate)
    let last =
      meter.lastFinite.map {
        " (last finite loss \(NumberFormat.significant($0.loss)) at step \($0.step))"
      } ?? ""
    let kept =
      lastCheckpoint.map { "; the checkpoint \($0) is kept" }
      ?? (record == nil ? "" : "; no checkpoint had been saved yet")
    return Divergence(
      step: step,
      description: "\(what) at step \(step)\(last); lower the learning rate, which is \(rate), or "
        + "limit the norm of the gradients (clip-norm)\(kept)")
  }

  /// How far training is.
  var progress: ProgressState {
    var state = ProgressState()
    state.epoch = position.epoch + 1
    state.epochCount = settings.epochs
    state.step = step
    state.stepCount = settings.epochs * loader.batchCount
    state.epochStep = position.batch
    state.epochStepCount = loader.batchCount
    state.metrics = meter.epoch.means.map { ProgressState.Metric($0.name, $0.value) }
    state.samplesPerSecond = clock.samplesPerSecond
    state.secondsLeft = clock.secondsLeft(
      steps: state.stepCount - step,
      evaluations: test == nil ? 0 : settings.epochs - position.epoch)
    return state
  }

  // MARK: - Going on

  /// Takes over where a checkpoint was saved.
  func resume(at position: DataPosition) { self.position = position }
}
