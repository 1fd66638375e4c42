import HebbCore
import HebbNN

/// Adam with decoupled weight decay, as PyTorch's `optim.AdamW`, at step t = 1, 2, …:
///
///     p ← p − η λ p
///     m ← m + (1 − β₁) (∇ − m)
///     v ← β₂ v + (1 − β₂) ∇²
///     p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// - SeeAlso: Loshchilov & Hutter 2019, Algorithm 2; the decay is multiplied by η, as in PyTorch.
public final class AdamW: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets.
  public var beta1: Double
  /// β₂, how slowly the mean of their squares forgets.
  public var beta2: Double
  /// ε.
  public var epsilon: Double
  /// λ, the part of the weights that goes at each step, relative to η.
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
  ///   - amsgrad: Whether the largest v so far divides, in slot `max_exp_avg_sq`.
  public init(
    _ model: some Module, rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 1e-2, amsgrad: Bool = false
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: AdamMoments.slots(amsgrad: amsgrad))
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let step = stepCount + 1
    memory.update(along: consume gradients) { group in
      let eta = rate * group.rateFactor
      let moments = AdamMoments(beta1, beta2, epsilon, rate: eta, step: step)
      let kept = StepScalar(1 - eta * (group.weightDecay ?? weightDecay))
      return { p, g, slots in kept * p - moments.direction(g, &slots) }
    }
  }
}
