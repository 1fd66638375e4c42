import HebbCore
import HebbNN

/// Rates from running means of gradients and of steps, as PyTorch's `optim.Adadelta`:
///
///     g ← ∇ + λ p
///     v ← ρ v + (1 − ρ) g²
///     d ← √(u + ε) / √(v + ε) · g
///     u ← ρ u + (1 − ρ) d²
///     p ← p − η d
///
/// - SeeAlso: Zeiler 2012, Algorithm 1.
public final class Adadelta: Optimizer {
  /// η, the learning rate; the paper has 1.
  public var rate: Double
  /// ρ, how slowly both means forget.
  public var smoothing: Double
  /// ε.
  public var epsilon: Double
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// v in slot `square_avg`, u in slot `acc_delta`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - smoothing: ρ.
  ///   - epsilon: ε.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1, smoothing: Double = 0.9, epsilon: Double = 1e-6,
    weightDecay: Double = 0
  ) {
    self.rate = rate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    memory = OptimizerMemory(model, slots: ["square_avg", "acc_delta"])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (rho, freshness) = (StepScalar(smoothing), StepScalar(1 - smoothing))
    let epsilon = StepScalar(epsilon)
    memory.update(along: consume gradients) { group in
      let eta = StepScalar(rate * group.rateFactor)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        let v = rho * slots[0] + freshness * square(g)
        let d = sqrt(slots[1] + epsilon) / sqrt(v + epsilon) * g
        slots[0] = v
        slots[1] = rho * slots[1] + freshness * square(d)
        return p - eta * d
      }
    }
  }
}
