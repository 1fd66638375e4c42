import HebbCore

/// The absolute error, mean over all elements: 1/n Σ |x − y|, PyTorch's `l1_loss`.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanAbsoluteError(
  predictions: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
  demandEqualShapes("meanAbsoluteError", predictions, targets)
  return reduction(abs(predictions - targets))
}
