import HebbCore

/// Cross-entropy of probabilities under the logistic function, in nats, mean over all elements:
/// −w y ln σ(x) − (1 − y) ln(1 − σ(x)), PyTorch's `binary_cross_entropy_with_logits`.
///
/// Computed as w y softplus(−x) + (1 − y) softplus(x), which stays exact for large |x|.
///
/// - Parameters:
///   - logits: x, any shape.
///   - targets: y in 0...1, in the same shape.
///   - positiveWeights: w, what broadcasts to the shape of x; 1 where nil.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func binaryCrossEntropy(
  logits: Tensor, targets: Tensor, positiveWeights: Tensor? = nil, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (logits, targets) = (logits.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("binaryCrossEntropy", logits, targets)
  demandLogits("binaryCrossEntropy", elements: logits)
  let positive = positiveWeights.map { targets * $0 } ?? targets
  let losses = positive * softplus(-logits) + (1 - targets) * softplus(logits)
  return reduction(losses, weights: weights)
}

/// Cross-entropy of probabilities that are given, in nats, mean over all elements:
/// −y ln p − (1 − y) ln(1 − p), PyTorch's `binary_cross_entropy`; both logarithms are at least −100,
/// as there. From logits the other form is more exact.
///
/// - Parameters:
///   - probabilities: p in 0...1, any shape.
///   - targets: y in 0...1, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of p without reduction.
public func binaryCrossEntropy(
  probabilities: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (probabilities, targets) = (probabilities.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("binaryCrossEntropy", probabilities, targets)
  let positive = targets * boundedLog(probabilities)
  let negative = (1 - targets) * boundedLog(1 - probabilities)
  return reduction(-(positive + negative), weights: weights)
}

/// max(ln p, −100), with slope 0 where the bound holds, so that p = 0 gives no NaN.
private func boundedLog(_ p: Tensor) -> Tensor {
  if p.dtype == .float64 { return log(maximum(p, 3.720075976020836e-44)) }
  // Numbers below the smallest normal one are 0 to the backend: e⁻¹⁰⁰ is no bound there.
  let smallest = 1.1754943508222875e-38
  return select(p .< smallest, p.filled(with: -100), log(maximum(p, smallest)))
}
