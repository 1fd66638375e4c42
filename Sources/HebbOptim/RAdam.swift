import HebbCore
import HebbNN

/// Rectified Adam, as PyTorch's `optim.RAdam`, at step t = 1, 2, …: with ρ∞ = 2 / (1 − β₂) − 1 and
/// ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ),
///
///     g ← ∇ + λ p
///     m ← m + (1 − β₁) (g − m)
///     v ← β₂ v + (1 − β₂) g²
///     p ← p − η r √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)   where ρ > 5
///     p ← p − η / (1 − β₁ᵗ) · m                            else, in the first steps
///
/// with r² = (ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ).
///
/// - SeeAlso: Liu et al. 2020, Algorithm 2; 5 instead of 4 is PyTorch's.
public final class RAdam: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets.
  public var beta1: Double
  /// β₂, how slowly the mean of their squares forgets.
  public var beta2: Double
  /// ε.
  public var epsilon: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// m in slot `exp_avg`, v in slot `exp_avg_sq`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - beta1: β₁.
  ///   - beta2: β₂.
  ///   - epsilon: ε.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["exp_avg", "exp_avg_sq"])
  }

  /// r √(1 − β₂ᵗ); nil where the variance of the rates cannot be told yet.
  private func rectification(_ t: Int) -> Double? {
    let limit = 2 / (1 - beta2) - 1
    let correction = 1 - power(beta2, t)
    let length = limit - 2 * Double(t) * power(beta2, t) / correction
    guard length > 5 else { return nil }
    let above = (length - 4) * (length - 2) * limit
    let below = (limit - 4) * (limit - 2) * length
    return (above / below).squareRoot() * correction.squareRoot()
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let t = stepCount + 1
    let rectification = rectification(t)
    let factor = (rectification ?? 1) / (1 - power(beta1, t))
    // One plan serves both cases: the divisor is √v + ε or 1.
    let isAdaptive = StepScalar(rectification == nil ? 0 : 1)
    let rest = StepScalar(rectification == nil ? 1 : 0)
    let (freshness1, freshness2) = (StepScalar(1 - beta1), StepScalar(1 - self.beta2))
    let (beta2, epsilon) = (StepScalar(self.beta2), StepScalar(epsilon))
    memory.update(along: consume gradients) { group in
      let stepSize = StepScalar(rate * group.rateFactor * factor)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        let m = slots[0] + freshness1 * (g - slots[0])
        let v = beta2 * slots[1] + freshness2 * square(g)
        slots[0] = m
        slots[1] = v
        let divisor = isAdaptive * (sqrt(v) + epsilon) + rest
        return p - stepSize * (m / divisor)
      }
    }
  }
}
