import HebbCore

/// The mean over each whole line, PyTorch's `nn.AdaptiveAvgPool1d(1)`.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, 1]`.
public final class GlobalAvgPool1d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The mean of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalAvgPool1d", x, axes: 1)
      return globalAveragePool(x)
    }
  }
}

/// The mean over each whole plane, PyTorch's `nn.AdaptiveAvgPool2d(1)`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, 1, 1]`.
public final class GlobalAvgPool2d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The mean of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalAvgPool2d", x, axes: 2)
      return globalAveragePool(x)
    }
  }
}

/// The mean over each whole volume, PyTorch's `nn.AdaptiveAvgPool3d(1)`.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, 1, 1, 1]`.
public final class GlobalAvgPool3d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The mean of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalAvgPool3d", x, axes: 3)
      return globalAveragePool(x)
    }
  }
}

/// The maximum over each whole line, PyTorch's `nn.AdaptiveMaxPool1d(1)`.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, 1]`.
public final class GlobalMaxPool1d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The maximum of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalMaxPool1d", x, axes: 1)
      return globalMaxPool(x)
    }
  }
}

/// The maximum over each whole plane, PyTorch's `nn.AdaptiveMaxPool2d(1)`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, 1, 1]`.
public final class GlobalMaxPool2d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The maximum of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalMaxPool2d", x, axes: 2)
      return globalMaxPool(x)
    }
  }
}

/// The maximum over each whole volume, PyTorch's `nn.AdaptiveMaxPool3d(1)`.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, 1, 1, 1]`.
public final class GlobalMaxPool3d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The maximum of each channel.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("GlobalMaxPool3d", x, axes: 3)
      return globalMaxPool(x)
    }
  }
}
