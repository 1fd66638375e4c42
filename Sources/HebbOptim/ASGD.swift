import HebbCore
import HebbNN

/// Averaged stochastic gradient descent, as PyTorch's `optim.ASGD`, at step t = 0, 1, …:
///
///     g ← ∇ + λ p
///     p ← (1 − κ ηₜ) p − ηₜ g,   ηₜ = η / (1 + κ η t)^α
///     a ← a + (p − a) / max(1, t − t₀)
///
/// - SeeAlso: Polyak & Juditsky 1992. The average a stands in the state, slot `ax`.
public final class ASGD: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// κ, how much the parameters shrink, and how fast the rate falls.
  public var decay: Double
  /// α, the power by which the rate falls.
  public var power: Double
  /// t₀, the step after which the average begins.
  public var start: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// a, in slot `ax`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - decay: κ.
  ///   - power: α.
  ///   - start: t₀.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-2, decay: Double = 1e-4, power: Double = 0.75,
    start: Double = 1e6, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.decay = decay
    self.power = power
    self.start = start
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["ax"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let t = Double(stepCount)
    let share = StepScalar(1 / max(1, t - start))
    memory.update(along: consume gradients) { group in
      let base = rate * group.rateFactor
      let now = base / HebbOptim.power(1 + decay * base * t, power)
      let (eta, kept) = (StepScalar(now), StepScalar(1 - decay * now))
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let new = kept * p - eta * penalty.slope(gradient, p)
        slots[0] = slots[0] + share * (new - slots[0])
        return new
      }
    }
  }
}
