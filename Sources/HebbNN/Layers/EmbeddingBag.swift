import HebbCore

/// The sum, mean or maximum of the vectors of each bag of symbols, as PyTorch's `nn.EmbeddingBag`.
///
/// An empty bag gives zeros. The padding symbol counts as if it were not there.
///
/// Shapes: `[bags, symbols]` of `int64`, or `[symbols]` with the bags' first positions `[bags]` →
/// `[bags, width]`.
public final class EmbeddingBag: Layer {
  /// What is made of a bag.
  public enum Mode: Sendable, Hashable {
    /// The sum.
    case sum
    /// The mean.
    case mean
    /// The largest of each feature.
    case max
  }

  /// The table, `[count, width]`.
  @Parameter public var weight: Tensor
  /// What is made of a bag.
  public let mode: Mode
  /// The symbol that stands for nothing.
  public let padding: Int?

  /// A table of random vectors, normally distributed with mean 0 and variance 1.
  ///
  /// - Parameters:
  ///   - count: The number of vectors.
  ///   - width: Their size.
  ///   - mode: What is made of a bag.
  ///   - padding: The symbol that stands for nothing.
  ///   - generator: Where they come from; advanced.
  public init(
    count: Int, width: Int, mode: Mode = .mean, padding: Int? = nil,
    using generator: inout PhiloxGenerator
  ) {
    guard padding.map({ 0..<count ~= $0 }) ?? true else {
      stop("EmbeddingBag: there is no symbol \(padding ?? 0) among \(count)")
    }
    self.mode = mode
    self.padding = padding
    let vectors = Initializer.normal()([count, width], using: &generator)
    weight = padding.map { vectors.zeroingRow($0) } ?? vectors
  }

  /// One vector for each row of symbols.
  public func callAsFunction(_ symbols: Tensor) -> Tensor { self(symbols, weights: nil) }

  /// One vector for each row of symbols.
  ///
  /// - Parameters:
  ///   - symbols: `int64` `[bags, symbols]`.
  ///   - weights: The factor of each symbol, in the same shape; only for sums.
  /// - Returns: `[bags, width]`.
  public func callAsFunction(_ symbols: Tensor, weights: Tensor?) -> Tensor {
    calling {
      guard symbols.rank == 2, symbols.dtype == .int64 else {
        stop("EmbeddingBag: expects int64 [bags, symbols], not \(symbols.type)")
      }
      let vectors = weight.gathering(symbols)
      return reduced(vectors, isMember: isSymbol(symbols), weights)
    }
  }

  /// One vector for each bag of a list.
  ///
  /// - Parameters:
  ///   - symbols: `int64` `[symbols]`, one bag after the other.
  ///   - offsets: `int64` `[bags]`, ascending: where each bag begins.
  ///   - weights: The factor of each symbol, `[symbols]`; only for sums.
  /// - Returns: `[bags, width]`.
  public func callAsFunction(
    _ symbols: Tensor, offsets: Tensor, weights: Tensor? = nil
  ) -> Tensor {
    calling {
      guard symbols.rank == 1, offsets.rank == 1, symbols.dtype == .int64, offsets.dtype == .int64
      else {
        stop(
          "EmbeddingBag: expects int64 [symbols] and offsets [bags], not \(symbols.type) and "
            + "\(offsets.type)")
      }
      let (count, bags) = (symbols.count, offsets.count)
      let positions = Tensor.range(count)
      let ends = concatenate([offsets, Tensor([count])])[1..<bags + 1]
      let isInside =
        (positions .>= offsets.expandingShape(at: 1)) .& (positions .< ends.expandingShape(at: 1))
      let isMember = isSymbol(symbols).map { isInside .& $0 } ?? isInside
      let vectors = weight.gathering(symbols).expandingShape(at: 0)  // [1, symbols, width]
      let shape: Shape = [bags, count, weight.shape[1]]
      return reduced(
        vectors.broadcast(to: shape), isMember: isMember,
        weights.map { $0.expandingShape(at: 0).broadcast(to: [bags, count]) })
    }
  }

  private func isSymbol(_ symbols: Tensor) -> Tensor? { padding.map { symbols .!= Tensor($0) } }

  /// The vectors of each bag `[bags, symbols, width]` made one, without those that are no members.
  private func reduced(_ vectors: Tensor, isMember: Tensor?, _ weights: Tensor?) -> Tensor {
    guard weights == nil || mode == .sum else {
      stop("EmbeddingBag: only sums take a weight for each symbol")
    }
    let members = (isMember ?? .ones([vectors.shape[0], vectors.shape[1]], dtype: .bool))
      .expandingShape(at: 2)
    let nothing = vectors.filled(with: 0)
    let count = members.cast(to: vectors.dtype).sum(axes: [1])
    switch mode {
    case .sum, .mean:
      let weighted = weights.map { vectors * $0.expandingShape(at: 2) } ?? vectors
      let sum = select(members, weighted, nothing).sum(axes: [1])
      return mode == .sum ? sum : sum / maximum(count, 1)
    case .max:
      let largest = select(members, vectors, vectors.filled(with: -.infinity)).max(axes: [1])
      return select(count .> 0, largest, largest.filled(with: 0))
    }
  }
}
