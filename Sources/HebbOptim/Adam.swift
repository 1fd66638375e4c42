import HebbCore
import HebbNN

/// Adaptive moment estimation, as PyTorch's `optim.Adam`, at step t = 1, 2, …:
///
///     g ← ∇ + λ p
///     m ← m + (1 − β₁) (g − m)
///     v ← β₂ v + (1 − β₂) g²
///     p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// - SeeAlso: Kingma & Ba 2015, Algorithm 1; ε stands outside of the root and after the correction
///   of v. Weight decay is an L2 penalty here; `AdamW` decouples it.
public final class Adam: Optimizer {
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
  ///   - amsgrad: Whether the largest v so far divides, in slot `max_exp_avg_sq` (Reddi et al. 2018).
  public init(
    _ model: some Module, rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false
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
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        p - moments.direction(penalty.slope(gradient, p), &slots)
      }
    }
  }
}

/// The part that `Adam` and `AdamW` share, with the numbers of one step.
struct AdamMoments {
  static func slots(amsgrad: Bool) -> [String] {
    ["exp_avg", "exp_avg_sq"] + (amsgrad ? ["max_exp_avg_sq"] : [])
  }

  private let beta2: StepScalar
  private let (freshness1, freshness2): (StepScalar, StepScalar)
  private let (stepSize, rootFactor, epsilon): (StepScalar, StepScalar, StepScalar)

  init(_ beta1: Double, _ beta2: Double, _ epsilon: Double, rate: Double, step t: Int) {
    self.beta2 = StepScalar(beta2)
    freshness1 = StepScalar(1 - beta1)
    freshness2 = StepScalar(1 - beta2)
    stepSize = StepScalar(rate / (1 - power(beta1, t)))
    // A factor, because dividing every element takes longer than all other arithmetic.
    rootFactor = StepScalar(1 / (1 - power(beta2, t)).squareRoot())
    self.epsilon = StepScalar(epsilon)
  }

  /// η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε) after both moments have taken in g.
  func direction(_ g: Tensor, _ slots: inout [Tensor]) -> Tensor {
    let m = slots[0] + freshness1 * (g - slots[0])
    var v = beta2 * slots[1] + freshness2 * square(g)
    slots[0] = m
    slots[1] = v
    if slots.count > 2 {
      v = maximum(slots[2], v)
      slots[2] = v
    }
    return stepSize * (m / (rootFactor * sqrt(v) + epsilon))
  }
}
