import HebbCore
import HebbData
import HebbNN
import HebbOptim

/// What is needed to compute some steps again.
struct TrainingSnapshot {
  var model: [String: Tensor]
  var optimizer: [String: Tensor]
  var position: DataPosition
}

extension Trainer {
  /// One step along the gradient of the mean loss over the batches of a group.
  ///
  /// - Returns: What the batches gave, computed.
  func takeStep(_ group: [Batch]) -> [Assessment] {
    if let schedule = settings.schedule { optimizer.rate = schedule(at: step) }
    let next = step + 1
    let isInspected = settings.inspectionSteps.map { next.isMultiple(of: $0) } ?? false
    var (slopes, assessments) = slopes(of: group, isInspected: isInspected)
    gradientNorm = nil
    if next.isMultiple(of: settings.logSteps) {
      let norm = slopes.norm()
      slopes = slopes.computing([norm])
      gradientNorm = norm
    }
    if let limit = settings.clipValue { slopes = slopes.clipped(toValue: limit) }
    if let limit = settings.clipNorm { slopes = slopes.clipped(toNorm: limit) }
    optimizer.step(along: slopes)
    // The measures are computed now, so that the step's graph and memory are not kept for them.
    Tensor.commit([], results: assessments.flatMap { $0.sums.map(\.sum) })
    average?.update()
    return assessments
  }

  /// The gradients of the mean loss over all examples of a group.
  private func slopes(
    of group: [Batch], isInspected: Bool
  ) -> (slopes: Gradients, assessments: [Assessment]) {
    func assess(_ batch: Batch) -> Assessment {
      withAutocast(settings.precision.autocast) {
        objective.assess(model(batch.inputs), batch.targets)
      }
    }
    if group.count == 1 {
      let assessment = assess(group[0])
      let slopes = gradients(of: assessment.loss, for: optimizer.parameters)
      if isInspected { inspect(assessment.loss, slopes) }
      return (slopes, [assessment])
    }
    let total = Double(group.reduce(0) { $0 + $1.count })
    var assessments: [Assessment] = []
    var sum: Gradients?
    for batch in group {
      let assessment = assess(batch)
      // Batches count by their examples, so that a shorter last one is not worth more.
      let share = Tensor(Double(batch.count) / total, dtype: assessment.loss.dtype)
      let part = gradients(of: assessment.loss * share, for: optimizer.parameters)
        .computing([assessment.loss] + assessment.sums.map(\.sum))
      if isInspected, sum == nil { inspect(assessment.loss, part) }
      // Computed at once: only one batch needs memory at a time.
      sum = (sum.map { $0 + part } ?? part).evaluated()
      assessments.append(assessment)
    }
    guard let sum else { preconditionFailure("a step needs at least one batch") }
    return (sum, assessments)
  }

  /// Parameters and buffers by name.
  var modelState: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.state().map { ($0.name, $0.tensor) })
  }

  /// The optimizer's state by name.
  var optimizerState: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) })
  }

  // MARK: - Finding causes

  /// Remembers where a divergence can be computed again from. Tensors are values: nothing is copied.
  func takeSnapshot() {
    guard settings.findsCauses, step < Int.max, position.batch < loader.batchCount else { return }
    rehearsal = TrainingSnapshot(
      model: modelState, optimizer: optimizerState, position: position)
  }

  /// Computes a step again that gave a loss which is no number, operation by operation.
  ///
  /// - Returns: What gave the first NaN or infinity, in a clause; nil if it cannot be found.
  func cause(ofStep failing: Int) -> String? {
    guard let snapshot = rehearsal else { return nil }
    rehearsal = nil
    do {
      try model.load(snapshot.model)
      try optimizer.load(snapshot.optimizer)
      var batches = try loader.batches(from: snapshot.position).makeIterator()
      while step < failing - 1 {
        guard let group = try nextGroup(&batches) else { return nil }
        _ = takeStep(group)
      }
      guard let group = try nextGroup(&batches) else { return nil }
      for batch in group where batch.inputs.hasNonFiniteElements {
        let culprit = batch.indices.first { index in
          let example = try? loader.dataset.batch(at: [index], epoch: snapshot.position.epoch)
          return example?.inputs.hasNonFiniteElements == true
        }
        return "the inputs of \(culprit.map { "training example \($0)" } ?? "its batch") have "
          + "elements that are no numbers"
      }
      let sentence = Hebb.firstNonFiniteOperation { _ = takeStep(group) }
      return sentence.map { "the first operation without a finite result: \($0)" }
    } catch {
      return nil
    }
  }
}
