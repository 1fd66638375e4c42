import HebbCore
import HebbNN

/// Adam with the largest magnitude in place of the mean square, as PyTorch's `optim.Adamax`, at step
/// t = 1, 2, …:
///
///     g ← ∇ + λ p
///     m ← m + (1 − β₁) (g − m)
///     u ← max(β₂ u, |g| + ε)
///     p ← p − η / (1 − β₁ᵗ) · m / u
///
/// - SeeAlso: Kingma & Ba 2015, Algorithm 2; ε is PyTorch's.
public final class Adamax: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets.
  public var beta1: Double
  /// β₂, how slowly their largest magnitude is forgotten.
  public var beta2: Double
  /// ε.
  public var epsilon: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// m in slot `exp_avg`, u in slot `exp_inf`.
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
    _ model: some Module, rate: Double = 2e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["exp_avg", "exp_inf"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let correction = 1 - power(beta1, stepCount + 1)
    let (freshness, beta2) = (StepScalar(1 - beta1), StepScalar(beta2))
    let epsilon = StepScalar(epsilon)
    memory.update(along: consume gradients) { group in
      let stepSize = StepScalar(rate * group.rateFactor / correction)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        slots[0] = slots[0] + freshness * (g - slots[0])
        slots[1] = maximum(beta2 * slots[1], abs(g) + epsilon)
        return p - stepSize * (slots[0] / slots[1])
      }
    }
  }
}
