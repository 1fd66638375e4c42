import HebbCore
import HebbNN

/// Gradients divided by a running mean of their magnitude, as PyTorch's `optim.RMSprop`:
///
///     g ← ∇ + λ p
///     v ← α v + (1 − α) g²
///     d ← g / (√v + ε),  centered: g / (√(v − m²) + ε) with m ← m + (1 − α) (g − m)
///     p ← p − η d,  with momentum: b ← μ b + d, p ← p − η b
///
/// - SeeAlso: Hinton 2012, Coursera lecture 6e; centered: Graves 2013, equations 38 to 41, but with ε
///   outside of the root.
public final class RMSProp: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// α, how slowly the mean of the squares forgets.
  public var smoothing: Double
  /// ε.
  public var epsilon: Double
  /// μ, 0 for none.
  public var momentum: Double
  /// Whether the variance divides instead of the mean of the squares.
  public let isCentered: Bool
  /// λ, the factor of the L2 penalty λ/2 ‖p‖².
  public var weightDecay: Double
  /// v in slot `square_avg`, b in `momentum_buffer`, m in `grad_avg`.
  public let memory: OptimizerMemory

  private let hasMomentum: Bool

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - smoothing: α.
  ///   - epsilon: ε.
  ///   - momentum: μ; whether it is 0 decides for good whether b is kept.
  ///   - centered: Whether the variance divides instead of the mean of the squares.
  ///   - weightDecay: λ.
  public init(
    _ model: some Module, rate: Double = 1e-2, smoothing: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, centered: Bool = false, weightDecay: Double = 0
  ) {
    self.rate = rate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
    isCentered = centered
    hasMomentum = momentum != 0
    var slots = ["square_avg"]
    if hasMomentum { slots.append("momentum_buffer") }
    if centered { slots.append("grad_avg") }
    memory = OptimizerMemory(model, slots: slots)
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (alpha, freshness) = (StepScalar(smoothing), StepScalar(1 - smoothing))
    let (epsilon, mu) = (StepScalar(epsilon), StepScalar(momentum))
    let (isCentered, hasMomentum) = (isCentered, hasMomentum)
    memory.update(along: consume gradients) { group in
      let eta = StepScalar(rate * group.rateFactor)
      let penalty = Penalized(group.weightDecay ?? weightDecay)
      return { p, gradient, slots in
        let g = penalty.slope(gradient, p)
        let v = alpha * slots[0] + freshness * square(g)
        slots[0] = v
        var spread = v
        if isCentered {
          let last = slots.count - 1
          let m = slots[last] + freshness * (g - slots[last])
          slots[last] = m
          spread = v - square(m)
        }
        let d = g / (sqrt(spread) + epsilon)
        guard hasMomentum else { return p - eta * d }
        let b = mu * slots[1] + d
        slots[1] = b
        return p - eta * b
      }
    }
  }
}
