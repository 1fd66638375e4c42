import HebbCore

/// Normalization of each example over its last axes, y = γ (x − mean) / √(variance + ε) + β with the
/// biased variance, as PyTorch's `nn.LayerNorm`.
///
/// Shapes: `[..., normalized shape]` → the same.
///
/// - SeeAlso: Ba, Kiros & Hinton 2016, equation 4.
public final class LayerNorm: Layer {
  /// γ, in the normalized shape; starts at 1. Nil without scale and shift.
  @Parameter public var weight: Tensor?
  /// β, in the normalized shape; starts at 0. Nil without shift.
  @Parameter public var bias: Tensor?
  /// The sizes of the axes over which mean and variance are taken.
  public let normalizedShape: Shape
  /// ε.
  public let epsilon: Double

  /// A layer with γ = 1 and β = 0.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the last axes, over which mean and variance are taken.
  ///   - epsilon: ε.
  ///   - scale: Whether there is γ.
  ///   - shift: Whether there is β.
  public init(_ shape: Shape, epsilon: Double = 1e-5, scale: Bool = true, shift: Bool = true) {
    normalizedShape = shape
    self.epsilon = epsilon
    weight = scale ? .ones(shape) : nil
    bias = shift ? .zeros(shape) : nil
  }

  /// The normalized x.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { normalized(x) } }

  private func normalized(_ x: Tensor) -> Tensor {
    let rank = normalizedShape.rank
    guard rank > 0, x.rank >= rank, x.shape.suffix(rank).elementsEqual(normalizedShape) else {
      stop("LayerNorm: expects a shape that ends with \(normalizedShape), not \(x.shape)")
    }
    // [..., n], n numbers to a row.
    let rows =
      rank == 1 ? x : x.reshaped(to: x.shape.dropLast(rank) + [normalizedShape.elementCount])
    func vector(_ parameter: Tensor?) -> Tensor? { parameter?.reshaped(to: [-1]) }
    let y = layerNormalization(
      rows, scale: vector(weight), shift: vector(bias), epsilon: epsilon
    ).reshaped(to: x.shape)
    return y.cast(to: x.dtype)
  }
}
