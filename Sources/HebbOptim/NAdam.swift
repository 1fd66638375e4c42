import HebbCore
import HebbNN

/// Adam with Nesterov's momentum, as PyTorch's `optim.NAdam`, at step t = 1, 2, …:
///
///     g ← ∇ + λ p
///     m ← m + (1 − β₁) (g − m)
///     v ← β₂ v + (1 − β₂) g²
///     p ← p − η (1 − μₜ) / (1 − Π μ) · g / d − η μₜ₊₁ / (1 − μₜ₊₁ Π μ) · m / d
///
/// with d = √(v / (1 − β₂ᵗ)) + ε, μₜ = β₁ (1 − 0.96^(ψ t) / 2) and Π μ = μ₁ μ₂ … μₜ.
///
/// - SeeAlso: Dozat 2016, Algorithm 1 with the schedule of its appendix.
public final class NAdam: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets; stays, as the product of μ depends on it.
  public let beta1: Double
  /// β₂, how slowly the mean of their squares forgets.
  public var beta2: Double
  /// ε.
  public var epsilon: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// ψ, how fast the momentum comes to β₁.
  public let momentumDecay: Double
  /// m in slot `exp_avg`, v in slot `exp_avg_sq`.
  public let memory: OptimizerMemory

  /// Π μ after some steps, so that it need not be multiplied up anew.
  private var product = (steps: 0, value: 1.0)

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - beta1: β₁.
  ///   - beta2: β₂.
  ///   - epsilon: ε.
  ///   - weightDecay: λ.
  ///   - momentumDecay: ψ.
  public init(
    _ model: some Module, rate: Double = 2e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
    memory = OptimizerMemory(model, slots: ["exp_avg", "exp_avg_sq"])
  }

  private func momentum(_ t: Int) -> Double {
    beta1 * (1 - 0.5 * power(0.96, Double(t) * momentumDecay))
  }

  /// μ₁ μ₂ … μₜ; steps may have been set back by loading.
  private func momentumProduct(_ t: Int) -> Double {
    if product.steps > t { product = (0, 1) }
    while product.steps < t {
      product = (product.steps + 1, product.value * momentum(product.steps + 1))
    }
    return product.value
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let t = stepCount + 1
    let (all, next) = (momentumProduct(t), momentum(t + 1))
    let ofGradient = (1 - momentum(t)) / (1 - all)
    let ofMean = next / (1 - all * next)
    let (beta2, freshness2) = (StepScalar(self.beta2), StepScalar(1 - self.beta2))
    let freshness1 = StepScalar(1 - beta1)
    let (correction, epsilon) = (StepScalar(1 - power(self.beta2, t)), StepScalar(epsilon))
    memory.update(along: consume gradients) { group in
      let eta = rate * group.rateFactor
      let (etaOfGradient, etaOfMean) = (StepScalar(eta * ofGradient), StepScalar(eta * ofMean))
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        let m = slots[0] + freshness1 * (g - slots[0])
        let v = beta2 * slots[1] + freshness2 * square(g)
        slots[0] = m
        slots[1] = v
        let d = sqrt(v / correction) + epsilon
        return p - etaOfGradient * (g / d) - etaOfMean * (m / d)
      }
    }
  }
}
