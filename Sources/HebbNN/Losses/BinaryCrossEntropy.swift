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
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func binaryCrossEntropy(
  logits: Tensor, targets: Tensor, positiveWeights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  demandEqualShapes("binaryCrossEntropy", logits, targets)
  let positive = positiveWeights.map { targets * $0 } ?? targets
  return reduction(positive * softplus(-logits) + (1 - targets) * softplus(logits))
}
