import HebbCore
import HebbData
import HebbNN

/// Measures a model on a data set: the mean loss and the measures of the objective.
///
/// The model is switched to use meanwhile, and back to what it was.
///
/// - Parameters:
///   - model: What is measured.
///   - objective: How its outputs are judged.
///   - data: The examples.
///   - batchSize: How many of them are computed at once.
///   - afterBatch: Called after each batch; may throw to stop.
/// - Returns: The sums over the examples, from which the means follow.
/// - Throws: What reading the data throws, or `afterBatch`.
public func evaluate(
  _ model: any Layer, _ objective: any Objective, on data: AnyDataset, batchSize: Int = 256,
  afterBatch: () throws -> Void = {}
) throws -> MetricSums {
  var metrics = MetricSums()
  try forEachBatch(of: data, batchSize, through: model) { batch, outputs in
    let assessment = objective.assess(outputs, batch.targets)
    Tensor.evaluate([assessment.loss] + assessment.sums.map(\.sum))
    metrics.add(assessment.values(count: batch.count), count: batch.count)
    try afterBatch()
  }
  return metrics
}

/// Calls `body` with each batch of a data set and what a model makes of it, in the mode of use and
/// without recording for gradients.
func forEachBatch(
  of data: AnyDataset, _ batchSize: Int, through model: any Layer,
  _ body: (Batch, Tensor) throws -> Void
) throws {
  let wasTraining = model.isTraining
  model.eval()
  defer { if wasTraining { model.train() } }
  var batches = try DataLoader(data, batchSize: batchSize).batches().makeIterator()
  while let batch = try batches.nextBatch() {
    try withoutGradients { () throws -> Void in try body(batch, model(batch.inputs)) }
  }
}

extension Assessment {
  /// The sums of a batch as numbers, the loss first; computes them if needed.
  func values(count: Int) -> [(name: String, sum: Double)] {
    [("loss", loss.item() * Double(count))] + sums.map { ($0.name, $0.sum.item()) }
  }
}
