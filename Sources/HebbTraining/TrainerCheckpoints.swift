import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim

extension Trainer {
  /// Saves where training stands, if the run has a folder.
  ///
  /// - Throws: `DataError` if it cannot be written, and `Divergence` if a parameter is no number any
  ///   more; earlier checkpoints stay as they are.
  public func saveCheckpoint() throws {
    guard let record, let log else { return }
    try readMetrics()
    try timed(.checkpoint) { try save(record, log) }
  }

  private func save(_ record: TrainingRecord, _ log: MetricsLog) throws {
    if let name = nonFiniteParameter {
      throw divergence(at: step, "the parameter \(name) has elements that are no numbers")
    }
    try log.synchronize()
    try events?.synchronize()
    var manifest = CheckpointManifest(configuration: record.configuration, seed: settings.seed)
    manifest.position = position
    manifest.step = step
    manifest.rate = optimizer.rate
    manifest.seconds = clock.totalSeconds
    manifest.epochMetrics = meter.epoch
    manifest.windowMetrics = meter.window
    manifest.logByteCount = log.byteCount
    manifest.best = best
    manifest.stopping = stopping.map { .init(best: $0.best, waited: $0.waited) }
    lastCheckpoint = try record.folder.checkpoints.save(
      manifest, model: modelState, optimizer: optimizerState, average: averageState,
      keeping: settings.keptCheckpoints)
  }

  /// Goes back to where a checkpoint was saved; `run()` then continues from there.
  ///
  /// - Throws: `DataError` if the checkpoint belongs to another model, other data or another seed, or
  ///   cannot be read; then nothing has changed.
  public func restore(_ checkpoint: Checkpoint) throws {
    let manifest = checkpoint.manifest
    let (modelState, optimizerState) = try (checkpoint.modelState(), checkpoint.optimizerState())
    let averageState = try checkpoint.averageState()
    try check(manifest, name: checkpoint.folder)
    if average != nil, averageState == nil {
      throw DataError(
        checkpoint.folder,
        "expected averaged weights (\(Checkpoint.averageName)), found none; go on without an average"
      )
    }
    try load(modelState, into: model, name: "\(checkpoint.folder)/\(Checkpoint.modelName)")
    let optimizerFile = "\(checkpoint.folder)/\(Checkpoint.optimizerName)"
    try load(optimizerState, into: optimizer, step: manifest.step, name: optimizerFile)
    if let averageState, let average {
      do throws(StateError) {
        // One update a step: the file need not tell how many there were.
        let count = [ModelAverage.counterName: Tensor(manifest.step)]
        try average.load(averageState.merging(count) { $1 })
      } catch {
        throw DataError(checkpoint.folder, shortened("\(error.description); it is damaged"))
      }
    }
    resume(at: manifest.position)
    stopping?.best = manifest.stopping?.best
    stopping?.waited = manifest.stopping?.waited ?? 0
    optimizer.rate = manifest.rate
    meter.epoch = manifest.epochMetrics
    meter.window = manifest.windowMetrics
    clock.earlierSeconds = manifest.seconds
    best = manifest.best
    lastCheckpoint = checkpoint.folder
    guard let record else { return }
    log = try MetricsLog(path: record.folder.metricsPath, continuingAt: manifest.logByteCount)
    let lines = try MetricsLog.read(record.folder.metricsPath)
    epochs = lines.filter { $0["kind"]?.stringValue == "epoch" }
    watch = LossWatch()
    for line in lines where line["kind"]?.stringValue == "step" {
      guard let loss = line["loss"]?.doubleValue else { continue }
      _ = watch.observe(loss, rate: line["rate"]?.doubleValue ?? 0)
    }
    record.folder.checkpoints.prepare(resumingAt: manifest.step)
  }

  /// Whether this trainer could have saved the manifest.
  private func check(_ manifest: CheckpointManifest, name: String) throws(DataError) {
    guard manifest.rate.isFinite, manifest.seconds.isFinite else {
      throw DataError(name, "expected a finite rate and time, found others; it is damaged")
    }
    guard manifest.seed == settings.seed else {
      throw DataError(
        name,
        "expected a checkpoint of seed \(settings.seed), found seed \(manifest.seed); use that seed"
      )
    }
    let (position, count, portion) = (manifest.position, loader.batchCount, settings.accumulation)
    let (past, overflow) = position.epoch.multipliedReportingOverflow(by: epochStepCount)
    let isAtAStep = position.batch.isMultiple(of: portion) || position.batch == count
    let stepsOfPass = position.batch / portion + (position.batch.isMultiple(of: portion) ? 0 : 1)
    guard position.batch <= count, isAtAStep, !overflow, manifest.step - stepsOfPass == past else {
      throw DataError(
        name,
        "expected a position within epochs of \(epochStepCount) steps, found step \(manifest.step) as batch "
          + "\(position.batch) of epoch \(position.epoch); use the data and the batch size that it "
          + "was saved with")
    }
  }

  /// The averages by the names of the parameters; nil where none are kept.
  private var averageState: [String: Tensor]? {
    guard let average else { return nil }
    let parameters = average.state().filter { $0.name != ModelAverage.counterName }
    return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
  }

  /// Gives the model the weights of its best result: those that were measured, bit for bit.
  func restoreBest() throws {
    guard let best else { return }
    if bestState == nil, let record {
      let checkpoint = try Checkpoint(folder: record.folder.checkpoints.path(ofStep: best.step))
      var state = try checkpoint.modelState()
      if settings.evaluatesAverage, let averages = try checkpoint.averageState() {
        state.merge(averages) { $1 }
      }
      bestState = state
    }
    guard let bestState else { return }
    try load(bestState, into: model, name: "the best weights")
    isBestRestored = true
    display?.print(
      "stopped early after \(NumberFormat.count(position.epoch, "epoch")): \(best.metric) has been "
        + "\(NumberFormat.significant(best.value)) at best, at step \(best.step), whose weights are "
        + "restored")
  }

  /// The name of a parameter that has an element which is no number; nil if none has.
  private var nonFiniteParameter: String? {
    optimizer.parameters.names.indices.first { index in
      optimizer.parameters.tensors[index].hasNonFiniteElements
    }.map { optimizer.parameters.names[$0] }
  }
}

/// Puts saved parameters and buffers into a model.
///
/// - Throws: `DataError` if names, shapes or element types are others.
package func load(
  _ state: [String: Tensor], into model: any Layer, name: String
) throws(DataError) {
  try checkTypes(state, model.state(), name: name)
  do throws(StateError) {
    try model.load(state)
  } catch {
    throw DataError(name, shortened("\(error.description); use a checkpoint of this model"))
  }
}

/// Puts a saved state into an optimizer.
///
/// - Throws: `DataError` if names, shapes, element types or the number of steps are others.
package func load(
  _ state: [String: Tensor], into optimizer: any Optimizer, step: Int, name: String
) throws(DataError) {
  try checkTypes(state, optimizer.state(), name: name)
  guard let saved = state["step"], saved.count == 1, saved.integers() == [step] else {
    throw DataError(name, "expected the step \(step) of the manifest, found another; it is damaged")
  }
  do throws(StateError) {
    try optimizer.load(state)
  } catch {
    throw DataError(name, shortened("\(error.description); use a checkpoint of this optimizer"))
  }
}

/// Element types must be those that were saved: converting would not go on bit for bit.
private func checkTypes(
  _ state: [String: Tensor], _ expected: [(name: String, tensor: Tensor)], name: String
) throws(DataError) {
  for (key, tensor) in expected {
    guard let found = state[key], found.dtype != tensor.dtype else { continue }
    throw DataError(
      name, "expected \(key) of type \(tensor.dtype), found \(found.dtype); use another checkpoint")
  }
}

/// A sentence with names from a file, safe to print and not longer than a screen.
private func shortened(_ sentence: String) -> String {
  var result = ""
  for (count, scalar) in sentence.unicodeScalars.enumerated() {
    if count == 1000 { return result + "…" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
      result += scalar.escaped(asASCII: true)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

extension Tensor {
  /// Whether an element is infinite or not a number.
  var hasNonFiniteElements: Bool {
    guard dtype.isFloatingPoint else { return false }
    guard dtype == .float32 else { return doubles().contains { !$0.isFinite } }
    return withBytes { bytes in
      // A product with zero is zero exactly for finite numbers; the sum keeps a NaN.
      bytes.bindMemory(to: Float.self).reduce(0) { $0 + $1 * 0 } != 0
    }
  }
}
