import HebbCore

/// The logarithm of the hyperbolic cosine of the error, mean over all elements: 1/n Σ ln cosh(x − y),
/// nearly d² / 2 for small errors and |d| − ln 2 for large ones.
///
/// Computed as d + softplus(−2 d) − ln 2, which does not overflow.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func logCosh(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("logCosh", predictions, targets)
  let difference = predictions - targets
  let losses = difference + softplus(-2 * difference) - 0.6931471805599453
  return reduction(losses, weights: weights)
}

/// The absolute error relative to the target, mean over all elements: 1/n Σ |x − y| / max(|y|, ε), a
/// fraction and not percents, as in scikit-learn.
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - epsilon: ε, the least that an error is divided by.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanAbsolutePercentageError(
  predictions: Tensor, targets: Tensor, epsilon: Double = 1.1920928955078125e-7,
  weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("meanAbsolutePercentageError", predictions, targets)
  let size = maximum(abs(targets), epsilon)
  return reduction(abs(predictions - targets) / size, weights: weights)
}

/// The squared difference of logarithms, mean over all elements: 1/n Σ (ln(1 + x) − ln(1 + y))².
///
/// - Parameters:
///   - predictions: x above −1, any shape.
///   - targets: y above −1, in the same shape.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func meanSquaredLogarithmicError(
  predictions: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("meanSquaredLogarithmicError", predictions, targets)
  return reduction(square(logOnePlus(predictions) - logOnePlus(targets)), weights: weights)
}

/// The quantile (pinball) loss, mean over all elements: q d where d ≥ 0, else (q − 1) d, with
/// d = y − x; its minimum is at the q-quantile of the targets (Koenker & Bassett 1978).
///
/// - Parameters:
///   - predictions: x, any shape.
///   - targets: y, in the same shape.
///   - quantile: q in 0...1; 0.5 gives half the absolute error.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the errors of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func quantileLoss(
  predictions: Tensor, targets: Tensor, quantile: Double, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("quantileLoss", predictions, targets)
  guard (0...1).contains(quantile) else {
    stop("quantileLoss: a quantile lies in 0...1, \(quantile) does not")
  }
  let difference = targets - predictions
  return reduction(maximum(quantile * difference, (quantile - 1) * difference), weights: weights)
}

/// One minus the cosine of the angle between prediction and target, mean over the vectors:
/// 1 − x · y / (max(‖x‖, ε) max(‖y‖, ε)), with PyTorch's `cosine_similarity`.
///
/// - Parameters:
///   - predictions: x, `[..., components]`.
///   - targets: y, in the same shape.
///   - epsilon: ε, the least that a norm counts.
///   - reduction: What becomes of the losses of the vectors.
/// - Returns: A scalar; `[...]` without reduction.
public func cosineLoss(
  predictions: Tensor, targets: Tensor, epsilon: Double = 1e-8, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("cosineLoss", predictions, targets)
  let products = normalized(predictions, epsilon) * normalized(targets, epsilon)
  return reduction(1 - products.sum(axes: [-1]))
}

/// Vectors along the last axis divided by max(‖x‖, ε).
func normalized(_ x: Tensor, _ epsilon: Double) -> Tensor {
  let squared = square(x).sum(axes: [-1], keepingDimensions: true)
  return x / sqrt(maximum(squared, epsilon * epsilon))
}
