import HebbCore
import HebbNN

/// Momentum whose matrices are made orthogonal, as PyTorch's `optim.Muon`:
///
///     m ← m + (1 − μ) (∇ − m)
///     u ← ∇ + μ (m − ∇)        with Nesterov's momentum; else m
///     p ← p − η λ p − η √max(1, rows / columns) · orthogonal(u)
///
/// where orthogonal(u) is nearly U Vᵀ of the singular value decomposition u = U S Vᵀ, by five steps of a
/// Newton-Schulz iteration of fifth degree. PyTorch computes it in `bfloat16`, here it has the
/// parameters' type.
///
/// PyTorch takes matrices only. Here all other parameters (biases, convolutions, scales) learn by
/// `AdamW` with the same rate and decay and β = (0.9, 0.95); embeddings and output layers, which
/// belong to those as well, can be given to another optimizer.
///
/// - SeeAlso: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
public final class Muon: Optimizer {
  /// η, the learning rate.
  public var rate: Double
  /// μ.
  public var momentum: Double
  /// Whether the gradient is looked up one step ahead.
  public let isNesterov: Bool
  /// λ, the part of the weights that goes at each step, relative to η.
  public var weightDecay: Double
  /// How many steps of the iteration are made.
  public let iterations: Int
  /// m in slot `momentum_buffer` of matrices; the slots of `AdamW` of other parameters.
  public let memory: OptimizerMemory

  /// An optimizer for the parameters of `model` that are not frozen.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - rate: η.
  ///   - momentum: μ.
  ///   - nesterov: Whether the gradient is looked up one step ahead.
  ///   - weightDecay: λ.
  ///   - iterations: How many steps of the iteration are made.
  public init(
    _ model: some Module, rate: Double = 1e-3, momentum: Double = 0.95, nesterov: Bool = true,
    weightDecay: Double = 0.1, iterations: Int = 5
  ) {
    self.rate = rate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.iterations = iterations
    isNesterov = nesterov
    memory = OptimizerMemory(model) { p in
      p.rank == 2 ? ["momentum_buffer"] : AdamMoments.slots(amsgrad: false)
    }
  }

  /// Moves the parameters along the gradients once.
  public func step(along gradients: consuming Gradients) {
    let step = stepCount + 1
    let (mu, freshness) = (StepScalar(momentum), StepScalar(1 - momentum))
    let (isNesterov, iterations) = (isNesterov, iterations)
    memory.update(along: consume gradients) { group in
      let rate = rate * group.rateFactor
      let eta = StepScalar(rate)
      let kept = StepScalar(1 - rate * (group.weightDecay ?? weightDecay))
      let moments = AdamMoments(0.9, 0.95, 1e-8, rate: rate, step: step)
      return { p, g, slots in
        guard p.rank == 2 else { return kept * p - moments.direction(g, &slots) }
        let m = slots[0] + freshness * (g - slots[0])
        slots[0] = m
        let u = isNesterov ? g + mu * (m - g) : m
        let shape = max(1, Double(p.shape[0]) / Double(max(p.shape[1], 1))).squareRoot()
        return kept * p - eta * (shape * Self.orthogonal(u, iterations: iterations))
      }
    }
  }

  /// Nearly U Vᵀ of u = U S Vᵀ: singular values come near 1.
  private static func orthogonal(_ u: Tensor, iterations: Int) -> Tensor {
    let isTall = u.shape[0] > u.shape[1]
    let wide = isTall ? u.transposed() : u
    var x = wide / maximum(sqrt(square(wide).sum()), 1e-7)
    for _ in 0..<iterations {
      let gram = matmul(x, x.transposed())
      let update = -4.775 * gram + 2.0315 * matmul(gram, gram)
      x = 3.4445 * x + matmul(update, x)
    }
    return isTall ? x.transposed() : x
  }
}
