import HebbCore
import HebbNN

/// Stochastic gradient descent with momentum, as PyTorch's `optim.SGD`:
///
///     g ← ∇ + λ p
///     b ← μ b + (1 − τ) g        (b ← g in the first step)
///     p ← p − η (g + μ b)        with Nesterov's momentum
///     p ← p − η b                else; without momentum b is g
///
/// - SeeAlso: Sutskever et al. 2013; the rate multiplies the velocity, not the gradient in it.
public final class SGD: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// μ, 0 for none.
  public var momentum: Double
  /// τ, how much of each gradient the momentum leaves out.
  public var dampening: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// Whether the gradient is looked up one step ahead.
  public let isNesterov: Bool
  /// b, in slot `momentum_buffer`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - momentum: μ; whether it is 0 decides for good whether b is kept.
  ///   - dampening: τ.
  ///   - nesterov: Whether the gradient is looked up one step ahead; needs momentum without dampening.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    nesterov: Bool = false, weightDecay: Double = 0
  ) {
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      stop(
        "SGD: Nesterov's momentum needs momentum above 0 and no dampening, not \(momentum) and "
          + "\(dampening)")
    }
    self.rate = rate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    isNesterov = nesterov
    memory = OptimizerMemory(model, slots: momentum == 0 ? [] : ["momentum_buffer"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (mu, isNesterov) = (StepScalar(momentum), isNesterov)
    let share = StepScalar(stepCount == 0 ? 1 : 1 - dampening)
    // Without momentum and decay, rows without a gradient stay.
    let usesRows = memory.isWithoutSlots
    memory.update(
      along: consume gradients,
      rows: { _, group in
        usesRows && (group.weightDecay ?? weightDecay) == 0 ? .eitherWay : .whole
      }
    ) { group in
      let eta = StepScalar(rate * group.rateFactor)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        if slots.isEmpty { return p - eta * g }
        let b = mu * slots[0] + share * g
        slots[0] = b
        return p - eta * (isNesterov ? g + mu * b : b)
      }
    }
  }
}
