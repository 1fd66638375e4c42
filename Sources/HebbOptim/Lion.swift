import HebbCore
import HebbNN

/// Evolved sign momentum:
///
///     p ← p − η λ p
///     p ← p − η sign(β₁ m + (1 − β₁) ∇)
///     m ← β₂ m + (1 − β₂) ∇
///
/// Every number moves by η at each step: rates are three to ten times smaller than Adam's.
///
/// - SeeAlso: Chen et al. 2023, Algorithm 2.
public final class Lion: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how much of the mean there is in a step.
  public var beta1: Double
  /// β₂, how slowly the mean of the gradients forgets.
  public var beta2: Double
  /// λ, the part of the weights that goes at each step, relative to η.
  public var weightDecay: Double
  /// m, in slot `exp_avg`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - beta1: β₁.
  ///   - beta2: β₂.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99,
    weightDecay: Double = 0
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["exp_avg"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (kept1, fresh1) = (StepScalar(beta1), StepScalar(1 - beta1))
    let (kept2, fresh2) = (StepScalar(beta2), StepScalar(1 - beta2))
    memory.update(along: consume gradients) { group in
      let rate = rate * group.rateFactor
      let eta = StepScalar(rate)
      let kept = StepScalar(1 - rate * (group.weightDecay ?? weightDecay))
      return { p, g, slots in
        let direction = sign(kept1 * slots[0] + fresh1 * g)
        slots[0] = kept2 * slots[0] + fresh2 * g
        return kept * p - eta * direction
      }
    }
  }
}
