import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTraining

/// Inputs with their classes, in memory.
struct ClassifiedExamples {
  /// `[count, ...]`.
  let inputs: Tensor
  /// `int64[count]`.
  let labels: Tensor

  /// The examples of a data set in `range`; all of it without one.
  init(_ data: AnyDataset, _ range: Range<Int>? = nil) throws {
    let batch = try data.batch(at: Array(range ?? 0..<data.count))
    inputs = batch.inputs.evaluated()
    labels = batch.targets.evaluated()
  }

  /// The share of them that a model puts into their class, in its mode of use.
  func accuracy(of model: some Layer) -> Double {
    model.eval()
    defer { model.train() }
    var hits = 0.0
    for start in stride(from: 0, to: labels.count, by: 1000) {
      let range = start..<min(start + 1000, labels.count)
      let logits = withoutGradients { model(inputs[range]) }
      hits += (logits.argMax(axis: -1) .== labels[range]).cast(to: .float32).sum().item()
    }
    return hits / Double(labels.count)
  }
}

extension StudyNotebook {
  /// The images of the study's data set to learn from.
  func training() throws -> AnyDataset { try loaded().training }

  /// The images of the study's data set to measure with.
  func test() throws -> AnyDataset {
    guard let test = try loaded().test else {
      throw DataError("expected a data set with test examples, found none; choose another")
    }
    return test
  }

  private func loaded() throws -> TrainingData {
    guard let data else {
      throw DataError("expected a data set for the study, found none; name its folder with --data")
    }
    return data.examples
  }

  /// Trains a classifier in the book's way: each batch is drawn from all examples, with replacement.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - optimizer: What moves its parameters.
  ///   - examples: What is learned from.
  ///   - batchSize: The examples in a step.
  ///   - steps: The number of steps.
  ///   - random: Draws the batches.
  ///   - measuresLoss: Whether the cross-entropy of each batch is measured.
  ///   - penalty: Added to the loss of each step.
  ///   - follow: Called after each step with its number, from 1.
  /// - Returns: The cross-entropy of each step's batch, after the step, as the book
  ///   measures it; nothing where that is not asked for.
  /// - Throws: `StudyInterruption`, and what reading the examples or `follow` throws.
  @discardableResult
  func train<Model: Layer>(
    _ model: Model, _ optimizer: any Optimizer, on examples: AnyDataset, batchSize: Int = 100,
    steps: Int, using random: inout PhiloxGenerator, measuresLoss: Bool = false,
    penalty: (Model) -> Tensor? = { _ in nil }, follow: (Int) throws -> Void = { _ in }
  ) throws -> [Double] {
    var losses: [Double] = []
    for step in 1...max(steps, 1) {
      if step % 50 == 0 { try checkStop() }
      let indices = (0..<batchSize).map { _ in random.nextInteger(below: examples.count) }
      let batch = try examples.batch(at: indices)
      let loss = softmaxCrossEntropy(logits: model(batch.inputs), labels: batch.targets)
      let total = penalty(model).map { loss + $0 } ?? loss
      let slopes = gradients(of: total, for: optimizer.parameters)
      optimizer.step(along: slopes)
      if measuresLoss {
        let logits = withoutGradients { model(batch.inputs) }
        losses.append(softmaxCrossEntropy(logits: logits, labels: batch.targets).item())
      }
      try follow(step)
    }
    return losses
  }
}

extension [Double] {
  /// The arithmetic mean.
  var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }

  /// The mean of each `count` numbers in turn, for a curve.
  func smoothed(_ count: Int) -> [Double] {
    stride(from: 0, to: self.count - count + 1, by: count).map { Array(self[$0..<$0 + count]).mean }
  }
}
