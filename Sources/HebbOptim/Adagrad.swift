import HebbCore
import HebbNN

/// Rates that shrink with the gradients seen so far, as PyTorch's `optim.Adagrad`, at step t = 1, 2, …:
///
///     g ← ∇ + λ p
///     s ← s + g²
///     p ← p − η / (1 + (t − 1) κ) · g / (√s + ε)
///
/// - SeeAlso: Duchi, Hazan & Singer 2011, with the diagonal matrix.
public final class Adagrad: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// κ, how fast the rate falls with the steps.
  public var rateDecay: Double
  /// ε.
  public var epsilon: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// s, in slot `sum`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - rateDecay: κ.
  ///   - epsilon: ε.
  ///   - initialSum: What s starts with.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-2, rateDecay: Double = 0, epsilon: Double = 1e-10,
    initialSum: Double = 0, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.rateDecay = rateDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["sum"], initial: ["sum": initialSum])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let decayed = rate / (1 + Double(stepCount) * rateDecay)
    let epsilon = StepScalar(epsilon)
    memory.update(
      along: consume gradients,
      rows: { _, group in (group.weightDecay ?? weightDecay) == 0 ? .eitherWay : .whole }
    ) { group in
      let eta = StepScalar(decayed * group.rateFactor)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        let s = slots[0] + square(g)
        slots[0] = s
        return p - eta * (g / (sqrt(s) + epsilon))
      }
    }
  }
}
