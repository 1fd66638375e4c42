import HebbCore

/// a · σ(b) with the two halves of an axis (Dauphin et al. 2017): `[..., 2 n]` → `[..., n]`.
public final class GLU: Layer {
  /// The axis; negative ones count from the end.
  public let axis: Int

  /// A layer without parameters.
  public init(axis: Int = -1) { self.axis = axis }

  /// a · σ(b).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { glu(x, axis: axis) } }
}

/// The largest of each k neighbors along an axis: `[..., k n]` → `[..., n]`.
///
/// After `Linear(inputs:, outputs: k n)` it is the maxout unit, a learned convex function of k pieces.
///
/// - SeeAlso: Goodfellow et al. 2013, "Maxout Networks", §2.
public final class Maxout: Layer {
  /// k.
  public let pieces: Int
  /// The axis; negative ones count from the end. 1 for the channels of images.
  public let axis: Int

  /// A layer without parameters.
  public init(pieces: Int = 2, axis: Int = -1) {
    self.pieces = pieces
    self.axis = axis
  }

  /// The largest of each k neighbors.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { maxout(x, pieces: pieces, axis: axis) }
  }
}

/// Softmax of −x along an axis.
public final class Softmin: Layer {
  /// The axis; negative ones count from the end.
  public let axis: Int

  /// A layer without parameters.
  public init(axis: Int = -1) { self.axis = axis }

  /// e^(−xᵢ) / Σⱼ e^(−xⱼ).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { softmin(x, axis: axis) } }
}

/// Softmax over the channels of images: `[channels, height, width]` or
/// `[batch, channels, height, width]`.
public final class Softmax2d: Layer {
  /// A layer without parameters.
  public init() {}

  /// Positive numbers that sum to 1 over the channels of each place.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard x.rank == 3 || x.rank == 4 else {
        stop("Softmax2d: expects [channels, height, width] with or without a batch, not \(x.shape)")
      }
      return softmax(x, axis: -3)
    }
  }
}
