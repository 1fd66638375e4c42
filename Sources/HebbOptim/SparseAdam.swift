import HebbCore
import HebbNN

/// Adam for tables of which a step looks up few rows, as PyTorch's `optim.SparseAdam`: only rows that were
/// looked up move, and so do only their moments. At step t = 1, 2, …, for each of these rows:
///
///     m ← m + (1 − β₁) (∇ − m)
///     v ← v + (1 − β₂) (∇² − v)
///     p ← p − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
///
/// t counts all steps, also those in which a row was not looked up. ε is added before the correction of v,
/// otherwise than in `Adam`. There is no weight decay, which would move all rows.
///
/// Rows are looked up by `Embedding` and `EmbeddingBag`. Where a table is read in another way as well, as
/// by an output layer that shares it, all its rows have gradients, and the step stops with the table's
/// name. So does a step along gradients that were changed by more than adding and a common factor.
///
/// ```swift
/// let optimizer = SparseAdam(model, tables: { $0.hasPrefix("embedding.") })
/// ```
/// - SeeAlso: Kingma & Ba 2015, end of section 2, for this place of ε.
public final class SparseAdam: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// β₁, how slowly the mean of the gradients forgets.
  public var beta1: Double
  /// β₂, how slowly the mean of their squares forgets.
  public var beta2: Double
  /// ε.
  public var epsilon: Double
  /// m in slot `exp_avg`, v in slot `exp_avg_sq`.
  public let memory: OptimizerMemory

  private let isTable: (_ name: String) -> Bool

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - beta1: β₁.
  ///   - beta2: β₂.
  ///   - epsilon: ε.
  ///   - tables: The parameters that move by rows, by their names; all, as in PyTorch, if it is not given.
  ///     The others move as a whole, by the same equations.
  public init(
    _ model: some Module, rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, tables: @escaping (_ name: String) -> Bool = { _ in true }
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    isTable = tables
    memory = OptimizerMemory(model, slots: AdamMoments.slots(amsgrad: false))
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let t = stepCount + 1
    let (fresh1, fresh2) = (StepScalar(1 - beta1), StepScalar(1 - beta2))
    let correction = (1 - power(beta2, t)).squareRoot() / (1 - power(beta1, t))
    let epsilon = StepScalar(epsilon)
    let isTable = isTable
    memory.update(
      along: consume gradients, rows: { name, _ in isTable(name) ? .rowsOnly : .whole }
    ) { group in
      let stepSize = StepScalar(rate * group.rateFactor * correction)
      return { p, g, slots in
        let m = slots[0] + fresh1 * (g - slots[0])
        let v = slots[1] + fresh2 * (square(g) - slots[1])
        slots = [m, v]
        return p - stepSize * (m / (sqrt(v) + epsilon))
      }
    }
  }
}
