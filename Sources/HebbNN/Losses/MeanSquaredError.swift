import HebbCore

/// The squared error, mean over all elements: 1/n Σ (x − y)², PyTorch's `mse_loss`.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanSquaredError(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("meanSquaredError", predictions, targets)
  return reduction(square(predictions - targets), weights: weights)
}

/// The root of the mean squared error, √(1/n Σ (x − y)²); its slope is not defined where all errors
/// are 0.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
/// - Returns: A scalar.
public func rootMeanSquaredError(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("rootMeanSquaredError", predictions, targets)
  return sqrt(Reduction.mean(square(predictions - targets), weights: weights))
}

/// The sum of the squared errors, Σ w (x − y)².
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - weights: w, one for each element, or for each example as `[batch]`; 1 where nil.
/// - Returns: A scalar.
public func sumOfSquaredErrors(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("sumOfSquaredErrors", predictions, targets)
  return Reduction.sum(square(predictions - targets), weights: weights)
}
