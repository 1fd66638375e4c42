import HebbCore

/// The negative logarithm of counts' probabilities under Poisson distributions, mean over all
/// elements: eˣ − y x with x the logarithm of the rate, PyTorch's `poisson_nll_loss`.
///
/// - Parameters:
///   - predictions: x, the logarithms of the rates, or the rates themselves.
///   - targets: y, counts, in the same shape.
///   - logarithmic: Whether x are logarithms; else the loss is x − y ln(x + ε).
///   - includingConstant: Whether Stirling's approximation of ln y! is added where y > 1:
///     y ln y − y + ln(2 π y) / 2.
///   - epsilon: ε, keeps the logarithm of a rate finite.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func poissonNegativeLogLikelihood(
  predictions: Tensor, targets: Tensor, logarithmic: Bool = true, includingConstant: Bool = false,
  epsilon: Double = 1e-8, reduction: Reduction = .mean
) -> Tensor {
  let (predictions, targets) = (predictions.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("poissonNegativeLogLikelihood", predictions, targets)
  var losses =
    logarithmic
    ? exp(predictions) - targets * predictions
    : predictions - targets * log(predictions + epsilon)
  if includingConstant {
    let isLarge = targets .> 1
    let safe = select(isLarge, targets, targets.filled(with: 1))
    let half = 0.5 * log(2 * Double.pi * safe)
    let stirling = safe * log(safe) - safe + half
    losses = losses + select(isLarge, stirling, targets.filled(with: 0))
  }
  return reduction(losses)
}

/// The negative logarithm of numbers' densities under normal distributions, mean over all elements:
/// (ln max(v, ε) + (x − y)² / max(v, ε)) / 2, PyTorch's `gaussian_nll_loss`.
///
/// - Parameters:
///   - means: x, any shape.
///   - targets: y, in the same shape.
///   - variances: v, 0 or more, in the same shape; where ε bounds them the slope goes on to v, as in
///     PyTorch.
///   - includingConstant: Whether ln(2 π) / 2 is added.
///   - epsilon: ε, the least variance.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func gaussianNegativeLogLikelihood(
  means: Tensor, targets: Tensor, variances: Tensor, includingConstant: Bool = false,
  epsilon: Double = 1e-6, reduction: Reduction = .mean
) -> Tensor {
  let (means, targets, variances) = (
    means.inAutocastPrecision, targets.inAutocastPrecision, variances.inAutocastPrecision
  )
  demandEqualShapes(
    "gaussianNegativeLogLikelihood", ("the means", means), ("the targets", targets),
    ("the variances", variances))
  let bounded = variances + stopGradient(maximum(variances, epsilon) - variances)
  var losses = 0.5 * (log(bounded) + square(means - targets) / bounded)
  if includingConstant { losses = losses + 0.9189385332046727 }
  return reduction(losses)
}
