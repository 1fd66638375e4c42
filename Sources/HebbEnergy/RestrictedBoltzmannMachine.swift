import HebbCore
import HebbNN

/// A restricted Boltzmann machine: visible units v and hidden units h in {0, 1} without links among
/// themselves,
///
///     E(v, h) = −aᵀv − bᵀh − hᵀ W v
///     F(v) = −log Σ_h exp(−E(v, h)) = −aᵀv − Σⱼ log(1 + exp(bⱼ + Wⱼ v))
///
/// so p(hⱼ = 1 | v) = σ(bⱼ + Wⱼ v) and p(vᵢ = 1 | h) = σ(aᵢ + hᵀ W.ᵢ).
///
/// - SeeAlso: Smolensky 1986; Hinton 2012, "A practical guide to training restricted Boltzmann
///   machines".
public final class RestrictedBoltzmannMachine: Module {
  /// W, `[hidden, visible]`.
  @Parameter public var weight: Tensor
  /// a, `[visible]`.
  @Parameter public var visibleBias: Tensor
  /// b, `[hidden]`.
  @Parameter public var hiddenBias: Tensor

  /// A machine with weights from N(0, .01²) and biases 0, as Hinton's guide advises.
  public init(visible: Int, hidden: Int, using generator: inout PhiloxGenerator) {
    weight = Initializer.normal(standardDeviation: 0.01)([hidden, visible], using: &generator)
    visibleBias = .zeros([visible])
    hiddenBias = .zeros([hidden])
  }

  /// E(v, h) of each pair, `[batch, visible]` and `[batch, hidden]` → `[batch]`.
  public func energy(_ v: Tensor, _ h: Tensor) -> Tensor {
    let pairs = (h * matmul(v, weight.transposed())).sum(axes: [-1])
    return -matmul(v, visibleBias) - matmul(h, hiddenBias) - pairs
  }

  /// F(v) of each row, `[batch, visible]` → `[batch]`.
  public func freeEnergy(_ v: Tensor) -> Tensor {
    -matmul(v, visibleBias) - softplus(affine(v, weight, hiddenBias)).sum(axes: [-1])
  }

  /// p(h = 1 | v), `[batch, visible]` → `[batch, hidden]`.
  public func hiddenProbabilities(_ v: Tensor) -> Tensor { sigmoid(affine(v, weight, hiddenBias)) }

  /// p(v = 1 | h), `[batch, hidden]` → `[batch, visible]`.
  public func visibleProbabilities(_ h: Tensor) -> Tensor {
    sigmoid(affine(h, weight.transposed(), visibleBias))
  }

  /// A loss whose gradient is that of contrastive divergence (CD-k): F(v) of the data minus F of
  /// what k steps of Gibbs sampling from them give, the mean over the batch.
  ///
  /// - Parameters:
  ///   - v: The data, `[batch, visible]`.
  ///   - steps: k.
  ///   - generator: Draws the states.
  /// - Returns: A scalar; its value is no likelihood, only its gradient counts.
  public func contrastiveDivergence(
    _ v: Tensor, steps: Int = 1, using generator: PhiloxGenerator
  ) -> Tensor {
    let sampled = withoutGradients { () -> Tensor in
      var v = v
      for step in 0..<steps {
        let streams = generator.mixing(UInt64(step))
        let h = Self.draw(hiddenProbabilities(v), using: streams.mixing("hidden"))
        v = Self.draw(visibleProbabilities(h), using: streams.mixing("visible"))
      }
      return v
    }
    return (freeEnergy(v) - freeEnergy(stopGradient(sampled))).mean()
  }

  private static func draw(_ probabilities: Tensor, using generator: PhiloxGenerator) -> Tensor {
    let numbers = Tensor.uniform(probabilities.shape, dtype: probabilities.dtype, using: generator)
    return (numbers .< probabilities).cast(to: probabilities.dtype)
  }
}
