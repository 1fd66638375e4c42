import HebbCore

/// Splits a layer's weight into length and direction, w = g v / ‖v‖, as PyTorch's
/// `nn.utils.weight_norm`: `weight_g` and `weight_v` take the weight's place in checkpoints.
///
/// - SeeAlso: Salimans & Kingma 2016, equation 2.
public final class WeightNorm<Wrapped: Layer>: Layer {
  /// The layer, whose weight is computed.
  @Submodule("") public var layer: Wrapped
  /// g: the norms, with size 1 along all axes but the one that is kept.
  @Parameter("weight_g") public var length: Tensor
  /// v, in the shape of the weight.
  @Parameter("weight_v") public var direction: Tensor
  /// The axis along which each slice has a norm of its own; nil for one norm of all.
  public let axis: Int?

  /// The layer with the same weight, now computed.
  ///
  /// - Parameters:
  ///   - layer: A layer with a parameter `weight`.
  ///   - axis: The axis along which each slice has a norm of its own; nil for one norm of all.
  public init(_ layer: Wrapped, axis: Int? = 0) {
    let (box, weight) = weightBox(of: layer, for: "WeightNorm")
    guard axis.map({ 0..<weight.rank ~= $0 }) ?? true else {
      stop("WeightNorm: the weight \(weight.shape) has no axis \(axis ?? 0)")
    }
    self.axis = axis
    length = Self.norm(weight, axis)
    direction = weight
    self.layer = layer
    let (g, v) = ($length, $direction)
    box.derive {
      let (g, v) = (
        Tensor.from(g.tensor, named: "weight_g"), Tensor.from(v.tensor, named: "weight_v")
      )
      return v * (g / Self.norm(v, axis))
    }
  }

  private static func norm(_ v: Tensor, _ axis: Int?) -> Tensor {
    guard let axis else { return sqrt(square(v).sum()) }
    return sqrt(square(v).sum(axes: (0..<v.rank).filter { $0 != axis }, keepingDimensions: true))
  }

  /// The layer's value with this weight.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { layer(x) } }
}

/// The box and the value of a layer's parameter `weight`.
func weightBox(of layer: any Layer, for wrapper: String) -> (ParameterBox, Tensor) {
  let found = layer.namedParameters().first { $0.name == "weight" }
  guard let box = found?.box, let weight = box.tensor, weight.rank >= 2 else {
    stop("\(wrapper): \(type(of: layer)) has no parameter `weight` with two axes or more")
  }
  return (box, weight)
}
