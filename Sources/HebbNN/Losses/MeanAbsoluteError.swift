import HebbCore

/// The absolute error, mean over all elements: 1/n Σ |x − y|, PyTorch's `l1_loss`.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanAbsoluteError(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("meanAbsoluteError", predictions, targets)
  return reduction(abs(predictions - targets), weights: weights)
}
