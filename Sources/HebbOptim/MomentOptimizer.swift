import HebbCore
import HebbNN

/// The frame into which most optimizers fit: of each gradient g a first moment m and a second moment V
/// are made, and p ← p − η m / (√V + ε).
///
/// | optimizer | m | V |
/// |---|---|---|
/// | gradient descent | g | 1 |
/// | momentum | μ m + g, or β m + (1 − β) g | 1 |
/// | Adagrad | g | Σ g² |
/// | RMSProp | g | β V + (1 − β) g² |
/// | Adam | β₁ m + (1 − β₁) g | β₂ V + (1 − β₂) g², both divided by 1 − βᵗ |
///
/// It is the frame seen whole; the optimizers of their own names have more options.
public final class MomentOptimizer: Optimizer {
  /// What stands above the line.
  public enum First: Sendable, Hashable {
    /// g.
    case gradient
    /// m ← μ m + g.
    case velocity(Double)
    /// m ← β m + (1 − β) g.
    case mean(Double)
  }

  /// What stands below the line, under the root.
  public enum Second: Sendable, Hashable {
    /// 1, without ε.
    case one
    /// V ← V + g².
    case sum
    /// V ← β V + (1 − β) g².
    case mean(Double)
  }

  /// η, the learning rate.
  public var rate: Double
  /// What m is.
  public let first: First
  /// What V is.
  public let second: Second
  /// Whether means are divided by 1 − βᵗ, which makes up for their beginning at 0.
  public let isCorrected: Bool
  /// ε.
  public var epsilon: Double
  /// m in slot `first`, V in slot `second`, where they are kept.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - first: What m is.
  ///   - second: What V is.
  ///   - corrected: Whether means are divided by 1 − βᵗ.
  ///   - epsilon: ε.
  public init(
    _ model: some Module, rate: Double, first: First = .gradient, second: Second = .one,
    corrected: Bool = false, epsilon: Double = 1e-8
  ) {
    self.rate = rate
    self.first = first
    self.second = second
    self.epsilon = epsilon
    isCorrected = corrected
    memory = OptimizerMemory(
      model, slots: (first == .gradient ? [] : ["first"]) + (second == .one ? [] : ["second"]))
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (first, second) = (Moment(first), Moment(second))
    let t = stepCount + 1
    let (above, below) = isCorrected ? (first.correction(t), second.correction(t)) : (1, 1)
    let (root, epsilon) = (StepScalar(below.squareRoot()), StepScalar(epsilon))
    memory.update(along: consume gradients) { group in
      let stepSize = StepScalar(rate * group.rateFactor / above)
      return { p, g, slots in
        var m = g
        if first.isKept {
          m = first.next(slots[0], g)
          slots[0] = m
        }
        guard second.isKept else { return p - stepSize * m }
        let v = second.next(slots[slots.count - 1], square(g))
        slots[slots.count - 1] = v
        return p - stepSize * (m / (sqrt(v) / root + epsilon))
      }
    }
  }

  /// old · kept + new · fresh.
  private struct Moment {
    var kept: StepScalar?
    var fresh: StepScalar?
    var beta = 0.0
    var isKept = true

    init(_ first: First) {
      switch first {
      case .gradient: isKept = false
      case .velocity(let mu): kept = StepScalar(mu)
      case .mean(let beta): average(beta)
      }
    }

    init(_ second: Second) {
      switch second {
      case .one: isKept = false
      case .sum: break
      case .mean(let beta): average(beta)
      }
    }

    private mutating func average(_ beta: Double) {
      self.beta = beta
      kept = StepScalar(beta)
      fresh = StepScalar(1 - beta)
    }

    func next(_ old: Tensor, _ new: Tensor) -> Tensor {
      (kept.map { $0 * old } ?? old) + (fresh.map { $0 * new } ?? new)
    }

    func correction(_ t: Int) -> Double { 1 - power(beta, t) }
  }
}
