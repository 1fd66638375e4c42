import HebbCore

/// Scaling of each example by the root mean square of its last axes, y = γ x / √(mean x² + ε), as
/// PyTorch's `nn.RMSNorm`.
///
/// Shapes: `[..., normalized shape]` → the same.
///
/// - SeeAlso: Zhang & Sennrich 2019, equation 4.
public final class RMSNorm: Layer {
  /// γ, in the normalized shape; starts at 1. Nil without scale.
  @Parameter public var weight: Tensor?
  /// The sizes of the axes over which the mean is taken.
  public let normalizedShape: Shape
  /// ε; nil is the distance from 1 to the next number of the element type.
  public let epsilon: Double?

  /// A layer with γ = 1.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the last axes, over which the mean is taken.
  ///   - epsilon: ε; nil is the distance from 1 to the next number of the element type.
  ///   - scale: Whether there is γ.
  public init(_ shape: Shape, epsilon: Double? = nil, scale: Bool = true) {
    normalizedShape = shape
    self.epsilon = epsilon
    weight = scale ? .ones(shape) : nil
  }

  /// The scaled x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let rank = normalizedShape.rank
      guard rank > 0, x.rank >= rank, x.shape.suffix(rank).elementsEqual(normalizedShape) else {
        stop("RMSNorm: expects a shape that ends with \(normalizedShape), not \(x.shape)")
      }
      let small = epsilon ?? (x.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
      let power = square(x).mean(axes: Array(-rank..<0), keepingDimensions: true)
      let y = x * rsqrt(power + small)
      return (weight.map { y * $0 } ?? y).cast(to: x.dtype)
    }
  }
}
