import HebbCore

/// Joins the axes from `axis` on into one, as PyTorch's `nn.Flatten`.
///
/// Shapes: `[batch, ...]` → `[batch, product of the others]`.
public final class Flatten: Layer {
  /// The first of the joined axes.
  public let axis: Int

  /// A layer without parameters.
  ///
  /// - Parameter axis: The first of the joined axes; 1 keeps the batch.
  public init(from axis: Int = 1) { self.axis = axis }

  /// The same elements under the joined shape.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { x.flattened(from: axis) } }
}
