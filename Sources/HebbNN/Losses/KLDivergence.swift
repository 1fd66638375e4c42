import HebbCore

/// The Kullback-Leibler divergence from the predictions to the targets, Σ y (ln y − x), in nats,
/// PyTorch's `kl_div`; elements with y = 0 give 0.
///
/// - Parameters:
///   - logProbabilities: x, logarithms of the predicted probabilities, any shape.
///   - targets: y, probabilities in the same shape.
///   - reduction: What becomes of the terms; `batchMean` is the divergence for each example (PyTorch's
///     own default, `mean`, divides by the number of classes too).
/// - Returns: A scalar; the shape of x without reduction.
public func klDivergence(
  logProbabilities: Tensor, targets: Tensor, reduction: Reduction = .batchMean
) -> Tensor {
  let (logProbabilities, targets) = (
    logProbabilities.inAutocastPrecision, targets.inAutocastPrecision
  )
  demandEqualShapes("klDivergence", logProbabilities, targets)
  let safe = select(targets .> 0, targets, targets.filled(with: 1))
  return reduction(targets * (log(safe) - logProbabilities))
}

/// The Kullback-Leibler divergence to targets given as logarithms, Σ eʸ (y − x), in nats, PyTorch's
/// `kl_div` with `log_target`.
///
/// - Parameters:
///   - logProbabilities: x, logarithms of the predicted probabilities, any shape.
///   - logTargets: y, logarithms of probabilities in the same shape.
///   - reduction: What becomes of the terms; `batchMean` is the divergence for each example.
/// - Returns: A scalar; the shape of x without reduction.
public func klDivergence(
  logProbabilities: Tensor, logTargets: Tensor, reduction: Reduction = .batchMean
) -> Tensor {
  let (logProbabilities, logTargets) = (
    logProbabilities.inAutocastPrecision, logTargets.inAutocastPrecision
  )
  demandEqualShapes("klDivergence", logProbabilities, logTargets)
  return reduction(exp(logTargets) * (logTargets - logProbabilities))
}
