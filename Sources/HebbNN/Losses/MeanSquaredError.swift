import HebbCore

/// The squared error, mean over all elements: 1/n Σ (x − y)², PyTorch's `mse_loss`.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanSquaredError(
  predictions: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
  demandEqualShapes("meanSquaredError", predictions, targets)
  return reduction(square(predictions - targets))
}
