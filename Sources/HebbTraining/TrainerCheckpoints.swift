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
    if let name = nonFiniteParameter {
      throw divergence(at: step, "the parameter \(name) has elements that are no numbers")
    }
    try log.synchronize()
    var manifest = CheckpointManifest(configuration: record.configuration, seed: settings.seed)
    manifest.position = position
    manifest.step = step
    manifest.rate = optimizer.rate
    manifest.seconds = clock.totalSeconds
    manifest.epochMetrics = meter.epoch
    manifest.windowMetrics = meter.window
    manifest.logByteCount = log.byteCount
    manifest.best = best
    lastCheckpoint = try record.folder.checkpoints.save(
      manifest, model: Dictionary(uniqueKeysWithValues: model.state().map { ($0.name, $0.tensor) }),
      optimizer: Dictionary(uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) }),
      keeping: settings.keptCheckpoints)
  }

  /// Goes back to where a checkpoint was saved; `run()` then continues from there.
  ///
  /// - Throws: `DataError` if the checkpoint belongs to another model, other data or another seed, or
  ///   cannot be read; then nothing has changed.
  public func restore(_ checkpoint: Checkpoint) throws {
    let manifest = checkpoint.manifest
    let (modelState, optimizerState) = try (checkpoint.modelState(), checkpoint.optimizerState())
    try check(manifest, name: checkpoint.folder)
    try load(modelState, into: model, name: "\(checkpoint.folder)/\(Checkpoint.modelName)")
    let optimizerFile = "\(checkpoint.folder)/\(Checkpoint.optimizerName)"
    try load(optimizerState, into: optimizer, step: manifest.step, name: optimizerFile)
    resume(at: manifest.position)
    optimizer.rate = manifest.rate
    meter.epoch = manifest.epochMetrics
    meter.window = manifest.windowMetrics
    clock.earlierSeconds = manifest.seconds
    best = manifest.best
    lastCheckpoint = checkpoint.folder
    guard let record else { return }
    log = try MetricsLog(path: record.folder.metricsPath, continuingAt: manifest.logByteCount)
    epochs = try MetricsLog.read(record.folder.metricsPath).filter {
      $0["kind"]?.stringValue == "epoch"
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
    let (position, count) = (manifest.position, loader.batchCount)
    let (past, overflow) = position.epoch.multipliedReportingOverflow(by: count)
    guard position.batch <= count, !overflow, manifest.step - position.batch == past else {
      throw DataError(
        name,
        "expected a position within epochs of \(count) steps, found step \(manifest.step) as batch "
          + "\(position.batch) of epoch \(position.epoch); use the data and the batch size that it "
          + "was saved with")
    }
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
