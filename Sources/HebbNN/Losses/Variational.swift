import HebbCore

/// The Kullback-Leibler divergence of normal distributions with independent components from the
/// standard one, (μ² + σ² − ln σ² − 1) / 2 summed over the last axis, mean over the examples: the
/// regularizer of a variational autoencoder (Kingma & Welling 2014, appendix B).
///
/// - Parameters:
///   - means: μ, `[..., components]`.
///   - logVariances: ln σ², in the same shape.
///   - reduction: What becomes of the divergences of the examples.
/// - Returns: A scalar, in nats; `[...]` without reduction.
public func gaussianDivergence(
  means: Tensor, logVariances: Tensor, reduction: Reduction = .mean
) -> Tensor {
  let (means, logVariances) = (means.inAutocastPrecision, logVariances.inAutocastPrecision)
  demandEqualShapes("gaussianDivergence", ("the means", means), ("the variances", logVariances))
  let terms = 0.5 * (square(means) + exp(logVariances) - logVariances - 1)
  return reduction(terms.sum(axes: [-1]))
}

/// The Kullback-Leibler divergence KL(p, q) of normal distributions with independent components,
/// (ln σq² − ln σp² + (σp² + (μp − μq)²) / σq² − 1) / 2 summed over the last axis, mean over the
/// examples.
///
/// - Parameters:
///   - means: μp, `[..., components]`.
///   - logVariances: ln σp², in the same shape.
///   - otherMeans: μq, in the same shape.
///   - otherLogVariances: ln σq², in the same shape.
///   - reduction: What becomes of the divergences of the examples.
/// - Returns: A scalar, in nats; `[...]` without reduction.
public func gaussianDivergence(
  means: Tensor, logVariances: Tensor, from otherMeans: Tensor, _ otherLogVariances: Tensor,
  reduction: Reduction = .mean
) -> Tensor {
  let (means, logVariances, otherMeans, otherLogVariances) = (
    means.inAutocastPrecision, logVariances.inAutocastPrecision, otherMeans.inAutocastPrecision,
    otherLogVariances.inAutocastPrecision
  )
  demandEqualShapes(
    "gaussianDivergence", ("the means", means), ("the variances", logVariances),
    ("the other means", otherMeans), ("the other variances", otherLogVariances))
  let logRatio = otherLogVariances - logVariances
  let distance = square(means - otherMeans) * exp(-otherLogVariances)
  return reduction((0.5 * (logRatio + exp(-logRatio) + distance - 1)).sum(axes: [-1]))
}

/// The negative evidence lower bound, −E ln p(x | z) + β KL(q(z | x), p(z)), mean over the examples:
/// what a variational autoencoder minimizes (Kingma & Welling 2014, equation 10).
///
/// - Parameters:
///   - reconstruction: −ln p(x | z) of each example, `[batch]`, as a loss without reduction summed over
///     the elements gives it.
///   - means: μ of q, `[batch, components]`.
///   - logVariances: ln σ² of q, in the same shape.
///   - beta: β, above 1 for factors that are apart (Higgins et al. 2017).
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar, in nats; `[batch]` without reduction.
public func negativeEvidenceLowerBound(
  reconstruction: Tensor, means: Tensor, logVariances: Tensor, beta: Double = 1,
  reduction: Reduction = .mean
) -> Tensor {
  let (reconstruction, means, logVariances) = (
    reconstruction.inAutocastPrecision, means.inAutocastPrecision, logVariances.inAutocastPrecision
  )
  let divergence = gaussianDivergence(
    means: means, logVariances: logVariances, reduction: .none)
  demandEqualShapes(
    "negativeEvidenceLowerBound", ("the reconstructions", reconstruction),
    ("the divergences", divergence))
  return reduction(reconstruction + beta * divergence)
}
