import HebbCore

/// Normalization of each example over groups of channels and all positions,
/// y = γ (x − mean) / √(variance + ε) + β with the biased variance, as PyTorch's `nn.GroupNorm`.
///
/// Shapes: `[batch, channels, ...]` → the same.
///
/// - SeeAlso: Wu & He 2018, equations 1 to 7.
public final class GroupNorm: Layer {
  /// γ, `[channels]`; starts at 1. Nil without scale and shift.
  @Parameter public var weight: Tensor?
  /// β, `[channels]`; starts at 0. Nil without scale and shift.
  @Parameter public var bias: Tensor?
  /// The number of groups.
  public let groups: Int
  /// The size of axis 1.
  public let channels: Int
  /// ε.
  public let epsilon: Double

  /// A layer with γ = 1 and β = 0.
  ///
  /// - Parameters:
  ///   - groups: The number of groups, a divisor of the channels.
  ///   - channels: The size of axis 1.
  ///   - epsilon: ε.
  ///   - affine: Whether there are γ and β.
  public init(groups: Int, channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    guard groups > 0, channels.isMultiple(of: groups) else {
      stop("GroupNorm: \(channels) channels do not divide into \(groups) groups")
    }
    self.groups = groups
    self.channels = channels
    self.epsilon = epsilon
    weight = affine ? .ones([channels]) : nil
    bias = affine ? .zeros([channels]) : nil
  }

  /// The normalized x.
  public func callAsFunction(_ x: Tensor) -> Tensor {  // [batch, channels, ...] → same
    calling {
      guard x.rank >= 2, x.shape[1] == channels else {
        stop("GroupNorm: expects [batch, \(channels) channels, ...], not \(x.shape)")
      }
      let rows = x.reshaped(to: [x.shape[0], groups, x.shape[1...].reduce(1, *) / groups])
      let normalized = standardized(rows, axes: [2], epsilon).reshaped(to: x.shape)
      return scaledByChannel(normalized, weight, bias).cast(to: x.dtype)
    }
  }
}

/// (x − mean) / √(variance + ε) over some axes, with the biased variance.
func standardized(_ x: Tensor, axes: [Int], _ epsilon: Double) -> Tensor {
  let centered = x - x.mean(axes: axes, keepingDimensions: true)
  let variance = square(centered).mean(axes: axes, keepingDimensions: true)
  return centered * rsqrt(variance + epsilon)
}

/// γ x + β with one γ and β for each index of axis 1.
func scaledByChannel(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> Tensor {
  var perChannel = Shape(repeating: 1, rank: x.rank)
  perChannel[1] = x.shape[1]
  var y = x
  if let weight { y = y * weight.reshaped(to: perChannel) }
  if let bias { y = y + bias.reshaped(to: perChannel) }
  return y
}
