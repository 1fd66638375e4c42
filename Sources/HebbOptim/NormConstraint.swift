import HebbCore
import HebbNN

/// A constraint Ω ≤ k on a penalty Ω, by a Lagrange multiplier α ≥ 0: min over the parameters and max
/// over α of loss + α (Ω − k). For a fixed α this is the loss with the penalty α Ω.
///
/// ```swift
/// var constraint = NormConstraint(limit: 1, rate: 0.1)
/// for _ in 0..<steps {
///   let norm = square(model.weight).sum()
///   let loss = error(model) + constraint.term(norm)
///   optimizer.step(along: gradients(of: loss, for: model))
///   constraint.ascend(norm.item())
/// }
/// ```
/// - SeeAlso: Goodfellow et al. 2016, §7.2; the note's Ω(θ − k) has its parenthesis misplaced.
public struct NormConstraint: Sendable, Hashable {
  /// k.
  public var limit: Double
  /// How fast α follows the violation.
  public var rate: Double
  /// α.
  public private(set) var multiplier: Double

  /// A constraint with α = 0 at the start.
  public init(limit: Double, rate: Double, multiplier: Double = 0) {
    self.limit = limit
    self.rate = rate
    self.multiplier = max(multiplier, 0)
  }

  /// α (Ω − k); α enters as a number of the step, so that one plan serves all.
  public func term(_ penalty: Tensor) -> Tensor {
    Tensor(multiplier, dtype: penalty.dtype) * (penalty - limit)
  }

  /// α ← max(0, α + rate (Ω − k)).
  public mutating func ascend(_ penalty: Double) {
    multiplier = max(0, multiplier + rate * (penalty - limit))
  }
}

extension Module {
  /// Scales the incoming weights of each unit, where they are too long, down to a norm of `limit`: to
  /// be called after each step (max-norm; Srivastava et al. 2014, §5.1). Vectors stay.
  public func projectNorms(to limit: Double) {
    withoutGradients {
      for box in parameters.boxes {
        guard let weight = box.tensor, weight.rank >= 2 else { continue }
        box.tensor = weight.clampingNorms(to: limit)
      }
    }
    Tensor.evaluate(parameters.tensors)
  }
}
