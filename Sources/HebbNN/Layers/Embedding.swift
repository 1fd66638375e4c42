import HebbCore

/// A table of vectors looked up by integers, y[k...] = W[x[k...]], as PyTorch's `nn.Embedding`.
///
/// The vectors start normally distributed with mean 0 and variance 1.
///
/// Shapes: `[...]` of `int64` → `[..., width]`. An index outside of the table stops the evaluation.
public final class Embedding: Layer {
  /// W, `[count, width]`.
  @Parameter public var weight: Tensor
  /// The symbol that stands for nothing: its vector starts at 0 and is not trained.
  public let padding: Int?
  /// Vectors that are longer are shortened to this norm in the table when they are looked up.
  public let maximumNorm: Double?

  /// A table of random vectors.
  ///
  /// - Parameters:
  ///   - count: The number of vectors.
  ///   - width: Their size.
  ///   - padding: The symbol that stands for nothing; negative ones count from the end.
  ///   - maximumNorm: The norm to which longer vectors are shortened when they are looked up.
  ///   - initializer: How they start.
  ///   - generator: Where they come from; advanced.
  public init(
    count: Int, width: Int, padding: Int? = nil, maximumNorm: Double? = nil,
    initializer: Initializer = .normal(), using generator: inout PhiloxGenerator
  ) {
    let padding = padding.map { $0 < 0 ? $0 + count : $0 }
    guard padding.map({ 0..<count ~= $0 }) ?? true else {
      stop("Embedding: there is no symbol \(padding ?? 0) among \(count)")
    }
    self.padding = padding
    self.maximumNorm = maximumNorm
    let vectors = initializer([count, width], using: &generator)
    weight = padding.map { vectors.zeroingRow($0) } ?? vectors
  }

  /// The vectors with these indices.
  public func callAsFunction(_ indices: Tensor) -> Tensor {
    calling {
      guard indices.dtype == .int64 else {
        stop("Embedding: indices are int64, not \(indices.dtype)")
      }
      if let maximumNorm { weight = weight.shorteningRows(at: indices, to: maximumNorm) }
      let vectors = weight.gathering(indices)
      guard let padding else { return vectors }
      let isPadding = (indices .== Tensor(padding)).expandingShape(at: indices.rank)
      return select(isPadding, stopGradient(vectors), vectors)
    }
  }
}

extension Tensor {
  /// The matrix with zeros in one row.
  func zeroingRow(_ row: Int) -> Tensor {
    let isRow = (Tensor.range(shape[0]) .== Tensor(row)).expandingShape(at: 1)
    return select(isRow, filled(with: 0), self)
  }

  /// The matrix in which those rows that `indices` mention are shortened to a norm, as PyTorch's
  /// `embedding_renorm_`.
  func shorteningRows(at indices: Tensor, to limit: Double) -> Tensor {
    // How often a row is looked up is the slope of the sum of what is looked up.
    let ones = Tensor.ones([shape[0]]).source()
    let uses = gradients(of: ones.gathering(indices).sum(), for: [ones])[0]
    return withoutGradients {
      let norms = sqrt(square(self).sum(axes: [1], keepingDimensions: true))
      let isLong = (uses.expandingShape(at: 1) .> 0) .& (norms .> limit)
      return select(isLong, self * (limit / (norms + 1e-7)), self)
    }
  }
}
