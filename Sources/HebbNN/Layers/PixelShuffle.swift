import HebbCore

/// Channels spread over space, as PyTorch's `nn.PixelShuffle` (Shi et al. 2016).
///
/// Shapes: `[batch, channels · factor², height, width]` →
/// `[batch, channels, height · factor, width · factor]`.
public final class PixelShuffle: Layer {
  /// How many times larger height and width become.
  public let factor: Int

  /// A layer without parameters.
  public init(_ factor: Int) { self.factor = factor }

  /// The same elements in another order.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { pixelShuffle(x, factor: factor) } }
}

/// Space gathered in channels, as PyTorch's `nn.PixelUnshuffle`.
///
/// Shapes: `[batch, channels, height · factor, width · factor]` →
/// `[batch, channels · factor², height, width]`.
public final class PixelUnshuffle: Layer {
  /// How many times smaller height and width become.
  public let factor: Int

  /// A layer without parameters.
  public init(_ factor: Int) { self.factor = factor }

  /// The same elements in another order.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { pixelUnshuffle(x, factor: factor) }
  }
}

/// The channels of groups dealt out in turns, as PyTorch's `nn.ChannelShuffle` (Zhang et al. 2018).
///
/// Shapes: `[batch, channels, ...]` → the same.
public final class ChannelShuffle: Layer {
  /// Groups of channels.
  public let groups: Int

  /// A layer without parameters.
  public init(groups: Int) { self.groups = groups }

  /// The same channels in another order.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { channelShuffle(x, groups: groups) }
  }
}
