import HebbCore

/// Turns, moves and scales an image by an affine map that a network of its own finds in it
/// (Jaderberg et al. 2015): y = sample(x, θ · grid) with θ = localization(x).
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, ...size]`.
public final class SpatialTransformer: Layer {
  /// From the image to θ, `[batch, 6]`; should start at the identity, (1, 0, 0, 0, 1, 0).
  public let localization: any Layer
  /// Height and width of the result; those of the input where nil.
  public let size: [Int]?
  /// What lies outside of the image.
  public let padding: GridPadding
  /// Whether −1 and 1 are the centers of the corner elements.
  public let alignCorners: Bool

  /// A layer with this localization network.
  public init(
    localization: any Layer, size: [Int]? = nil, padding: GridPadding = .zeros,
    alignCorners: Bool = false
  ) {
    self.localization = localization
    (self.size, self.padding, self.alignCorners) = (size, padding, alignCorners)
  }

  /// The image seen through its map.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("SpatialTransformer", x, axes: 2)
      let theta = localization(x)
      guard theta.count == x.shape[0] * 6 else {
        stop(
          "SpatialTransformer: the localization gives \(theta.shape) for \(x.shape), [batch, 6] is "
            + "expected")
      }
      let grid = affineGrid(
        theta.reshaped(to: [x.shape[0], 2, 3]), size: size ?? Array(x.shape.dropFirst(2)),
        alignCorners: alignCorners)
      return gridSample(x, grid, padding: padding, alignCorners: alignCorners)
    }
  }
}
