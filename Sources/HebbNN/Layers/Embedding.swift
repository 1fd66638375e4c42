import HebbCore

/// A table of vectors looked up by integers, y[k...] = W[x[k...]], as PyTorch's `nn.Embedding`.
///
/// The vectors start normally distributed with mean 0 and variance 1.
///
/// Shapes: `[...]` of `int64` → `[..., width]`. An index outside of the table stops the evaluation.
public final class Embedding: Layer {
  /// W, `[count, width]`.
  @Parameter public var weight: Tensor

  /// A table of random vectors.
  ///
  /// - Parameters:
  ///   - count: The number of vectors.
  ///   - width: Their size.
  ///   - initializer: How they start.
  ///   - generator: Where they come from; advanced.
  public init(
    count: Int, width: Int, initializer: Initializer = .normal(),
    using generator: inout PhiloxGenerator
  ) {
    weight = initializer([count, width], using: &generator)
  }

  /// The vectors with these indices.
  public func callAsFunction(_ indices: Tensor) -> Tensor {
    guard indices.dtype == .int64 else {
      stop("Embedding: indices are int64, not \(indices.dtype)")
    }
    return weight.gathering(indices)
  }
}
