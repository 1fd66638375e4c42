import HebbCore
import HebbNN

/// Adam whose mean of squares grows and falls by steps of the same size, at step t = 1, 2, …:
///
///     g ← ∇ + λ p
///     m ← β₁ m + (1 − β₁) g
///     v ← v + (1 − β₂) sign(g² − v) g²
///     p ← p − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// - SeeAlso: Zaheer et al. 2018, Algorithm 2; with Adam's corrections, as in "Dive into Deep
///   Learning" §12.10.
public final class Yogi: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets.
  public var beta1: Double
  /// β₂, how slowly v follows the squares.
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
    _ model: some Module, rate: Double = 1e-2, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-3, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["exp_avg", "exp_avg_sq"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let t = stepCount + 1
    let (kept1, fresh1) = (StepScalar(beta1), StepScalar(1 - beta1))
    let (fresh2, epsilon) = (StepScalar(1 - beta2), StepScalar(epsilon))
    let correction1 = 1 - power(beta1, t)
    let correction2 = StepScalar(1 - power(beta2, t))
    memory.update(along: consume gradients) { group in
      let stepSize = StepScalar(rate * group.rateFactor / correction1)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let squared = square(penalty.slope(gradient, p))
        let m = kept1 * slots[0] + fresh1 * penalty.slope(gradient, p)
        let v = slots[1] + fresh2 * (sign(squared - slots[1]) * squared)
        slots[0] = m
        slots[1] = v
        return p - stepSize * (m / (sqrt(v / correction2) + epsilon))
      }
    }
  }
}
