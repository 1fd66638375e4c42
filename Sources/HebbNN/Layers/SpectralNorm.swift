import HebbCore

/// Divides a layer's weight by its largest singular value, W / σ with σ ≈ uᵀ W v, as PyTorch's
/// `nn.utils.spectral_norm`: `weight_orig` takes the weight's place in checkpoints, u and v are buffers.
///
/// Each call in training improves u and v by power iterations, v ← Wᵀu / ‖Wᵀu‖, u ← W v / ‖W v‖,
/// through which no gradient flows.
///
/// - SeeAlso: Miyato et al. 2018, Algorithm 1.
public final class SpectralNorm<Wrapped: Layer>: Layer, ModeDependent {
  /// The layer, whose weight is computed.
  @Submodule("") public var layer: Wrapped
  /// W in the shape of the layer's weight.
  @Parameter("weight_orig") public var original: Tensor
  /// u, `[rows]`.
  @Buffer("weight_u") public var left: Tensor
  /// v, `[columns]`.
  @Buffer("weight_v") public var right: Tensor
  /// Whether calls improve u and v.
  public var isTraining = true
  /// How many iterations each call makes.
  public let iterations: Int
  /// The axis of the weight that gives the rows of the matrix.
  public let axis: Int
  /// What the norms are at least.
  public let epsilon: Double

  /// The layer with its weight divided.
  ///
  /// - Parameters:
  ///   - layer: A layer with a parameter `weight`.
  ///   - iterations: How many power iterations each call in training makes.
  ///   - axis: The axis that gives the rows of the matrix: that of the outputs, 1 in transposed
  ///     convolutions.
  ///   - epsilon: What the norms are at least.
  ///   - generator: Where u and v come from, which 15 iterations improve; advanced.
  public init(
    _ layer: Wrapped, iterations: Int = 1, axis: Int = 0, epsilon: Double = 1e-12,
    using generator: inout PhiloxGenerator
  ) {
    let (box, weight) = weightBox(of: layer, for: "SpectralNorm")
    guard 0..<weight.rank ~= axis, iterations >= 0 else {
      stop("SpectralNorm: the weight \(weight.shape) has no axis \(axis)")
    }
    self.iterations = iterations
    self.axis = axis
    self.epsilon = epsilon
    let matrix = Self.matrix(weight, axis)
    original = weight
    let initializer = Initializer.normal()
    let start = initializer([matrix.shape[0]], dtype: weight.dtype, using: &generator)
    (left, right) = Self.iterated(matrix, start, 15, epsilon)
    self.layer = layer
    let (whole, u, v) = ($original, $left, $right)
    box.derive {
      let weight = Tensor.from(whole.tensor, named: "weight_orig")
      let u = Tensor.from(u.tensor, named: "weight_u")
      let v = Tensor.from(v.tensor, named: "weight_v")
      return weight / (u * matmul(Self.matrix(weight, axis), v)).sum()
    }
  }

  /// The layer's value with the divided weight.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      if isTraining, iterations > 0 {
        withoutGradients {
          let matrix = Self.matrix(original, axis)
          (left, right) = Self.iterated(matrix, left, iterations, epsilon)
        }
      }
      return layer(x)
    }
  }

  private static func iterated(
    _ matrix: Tensor, _ u: Tensor, _ iterations: Int, _ epsilon: Double
  ) -> (Tensor, Tensor) {
    func normalized(_ x: Tensor) -> Tensor { x / maximum(sqrt(square(x).sum()), epsilon) }
    var u = normalized(u)
    var v = normalized(matmul(u, matrix))
    for _ in 0..<iterations {
      v = normalized(matmul(u, matrix))
      u = normalized(matmul(matrix, v))
    }
    return (u, v)
  }

  private static func matrix(_ weight: Tensor, _ axis: Int) -> Tensor {
    let order = [axis] + (0..<weight.rank).filter { $0 != axis }
    return (axis == 0 ? weight : weight.permuted(order)).reshaped(to: [weight.shape[axis], -1])
  }
}
