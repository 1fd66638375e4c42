import HebbCore
import HebbNN

/// Resilient backpropagation, as PyTorch's `optim.Rprop`: each number has a step size s of its own,
/// which grows while its slope keeps the sign and shrinks, without a move, where the sign turns:
///
///     s ← s · 1.2 where ∇ ∇₋₁ > 0,  s · 0.5 where ∇ ∇₋₁ < 0,  at least 10⁻⁶, at most 50
///     ∇ ← 0 where ∇ ∇₋₁ < 0
///     p ← p − s sign(∇)
///
/// For whole data sets: it takes noise for turns. The rate is what s starts with and means nothing
/// later, neither does a group's factor.
///
/// - SeeAlso: Riedmiller & Braun 1993, without the step back.
public final class Rprop: Optimizer {
  /// The first s.
  public var rate: Double
  /// What s is multiplied by where the sign turns.
  public var shrinking: Double
  /// What s is multiplied by where the sign stays.
  public var growing: Double
  /// The limits of s.
  public var stepSizes: ClosedRange<Double>
  /// ∇₋₁ in slot `prev`, s in slot `step_size`.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: The first s.
  ///   - shrinking: What s is multiplied by where the sign turns.
  ///   - growing: What s is multiplied by where it stays.
  ///   - stepSizes: The limits of s.
  public init(
    _ model: some Module, rate: Double = 1e-2, shrinking: Double = 0.5, growing: Double = 1.2,
    stepSizes: ClosedRange<Double> = 1e-6...50
  ) {
    self.rate = rate
    self.shrinking = shrinking
    self.growing = growing
    self.stepSizes = stepSizes
    memory = OptimizerMemory(model, slots: ["prev", "step_size"], initial: ["step_size": rate])
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let (grow, shrink) = (StepScalar(growing), StepScalar(shrinking))
    let (least, most) = (StepScalar(stepSizes.lowerBound), StepScalar(stepSizes.upperBound))
    memory.update(along: consume gradients) { _ in
      { p, gradient, slots in
        let turn = gradient * slots[0]
        let (grown, shrunk) = (grow * slots[1], shrink * slots[1])
        let free = select(turn .> 0, grown, select(turn .< 0, shrunk, slots[1]))
        let size = minimum(maximum(free, least.tensor(like: p)), most.tensor(like: p))
        let g = select(turn .< 0, gradient.filled(with: 0), gradient)
        slots[0] = g
        slots[1] = size
        return p - size * sign(g)
      }
    }
  }
}
