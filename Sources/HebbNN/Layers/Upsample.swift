import HebbCore

/// An image of another size, as PyTorch's `nn.Upsample`.
///
/// Shapes: `[batch, channels, ...spatial]` → `[batch, channels, ...size]`, with one, two or three
/// spatial axes.
public final class Upsample: Layer {
  /// The spatial axes of the result, where they are given.
  public let size: [Int]?
  /// How many times larger each axis becomes, where that is given; one number for all, or one each.
  public let scale: [Double]?
  /// How values between the elements are found.
  public let method: Resampling
  /// Whether the centers of the corner elements stay corners; only for linear and cubic.
  public let alignCorners: Bool

  /// Results of a fixed size.
  public init(size: [Int], by method: Resampling = .nearest, alignCorners: Bool = false) {
    (self.size, scale, self.method, self.alignCorners) = (size, nil, method, alignCorners)
  }

  /// Results so many times as large, rounded down.
  public init(scale: Double..., by method: Resampling = .nearest, alignCorners: Bool = false) {
    (size, self.scale, self.method, self.alignCorners) = (nil, scale, method, alignCorners)
  }

  /// The resized image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      if let size { return resized(x, to: size, by: method, alignCorners: alignCorners) }
      var factors = scale ?? [1]
      if factors.count == 1 { factors = Array(repeating: factors[0], count: max(x.rank - 2, 0)) }
      return resized(x, scale: factors, by: method, alignCorners: alignCorners)
    }
  }
}
