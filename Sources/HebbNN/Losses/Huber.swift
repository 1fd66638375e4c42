import HebbCore

/// Huber's loss: d² / 2 where |d| ≤ δ, else δ (|d| − δ / 2), with d = x − y; mean over all elements,
/// PyTorch's `huber_loss` (Huber 1964).
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - delta: δ, above 0.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func huber(
  predictions: Tensor, targets: Tensor, delta: Double = 1, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("huber", predictions, targets)
  guard delta > 0 else { stop("huber: delta is above 0, \(delta) is not") }
  return reduction(huberLosses(predictions - targets, delta), weights: weights)
}

/// Huber's loss divided by its δ, here called β: d² / 2β where |d| ≤ β, else |d| − β / 2, PyTorch's
/// `smooth_l1_loss` (Girshick 2015, equation 3).
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - beta: β; 0 gives the absolute error.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func smoothL1(
  predictions: Tensor, targets: Tensor, beta: Double = 1, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("smoothL1", predictions, targets)
  guard beta >= 0 else { stop("smoothL1: beta is 0 or more, \(beta) is not") }
  let difference = predictions - targets
  if beta == 0 { return reduction(abs(difference), weights: weights) }
  return reduction(huberLosses(difference, beta) * (1 / beta), weights: weights)
}

/// q (|d| − q / 2) with q = min(|d|, δ): both branches in one.
private func huberLosses(_ difference: Tensor, _ delta: Double) -> Tensor {
  let size = abs(difference)
  let quadratic = minimum(size, delta)
  return quadratic * (size - 0.5 * quadratic)
}
