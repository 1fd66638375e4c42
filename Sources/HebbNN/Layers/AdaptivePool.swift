import HebbCore

/// The mean over as many windows as there shall be results, as PyTorch's `nn.AdaptiveAvgPool1d`.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, ...size]`.
public final class AdaptiveAvgPool1d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Size of the result; −1 keeps an axis as it is.
  public init(_ size: Int) { self.size = [size] }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveAvgPool1d", x, axes: 1)
      return adaptiveAveragePool(x, to: size)
    }
  }
}

/// The mean over as many windows as there shall be results, as PyTorch's `nn.AdaptiveAvgPool2d`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, ...size]`.
public final class AdaptiveAvgPool2d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Height and width of the result; −1 keeps an axis as it is.
  public init(_ size: [Int]) { self.size = size }

  /// A layer whose results have equal sides.
  public convenience init(_ size: Int) { self.init([size, size]) }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveAvgPool2d", x, axes: 2)
      return adaptiveAveragePool(x, to: size)
    }
  }
}

/// The mean over as many windows as there shall be results, as PyTorch's `nn.AdaptiveAvgPool3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, ...size]`.
public final class AdaptiveAvgPool3d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Depth, height and width of the result; −1 keeps an axis as it is.
  public init(_ size: [Int]) { self.size = size }

  /// A layer whose results have equal sides.
  public convenience init(_ size: Int) { self.init([size, size, size]) }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveAvgPool3d", x, axes: 3)
      return adaptiveAveragePool(x, to: size)
    }
  }
}

/// The maximum over as many windows as there shall be results, as PyTorch's `nn.AdaptiveMaxPool1d`.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, ...size]`.
public final class AdaptiveMaxPool1d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Size of the result; −1 keeps an axis as it is.
  public init(_ size: Int) { self.size = [size] }

  /// The maximum of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveMaxPool1d", x, axes: 1)
      return adaptiveMaxPool(x, to: size)
    }
  }
}

/// The maximum over as many windows as there shall be results, as PyTorch's `nn.AdaptiveMaxPool2d`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, ...size]`.
public final class AdaptiveMaxPool2d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Height and width of the result; −1 keeps an axis as it is.
  public init(_ size: [Int]) { self.size = size }

  /// A layer whose results have equal sides.
  public convenience init(_ size: Int) { self.init([size, size]) }

  /// The maximum of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveMaxPool2d", x, axes: 2)
      return adaptiveMaxPool(x, to: size)
    }
  }
}

/// The maximum over as many windows as there shall be results, as PyTorch's `nn.AdaptiveMaxPool3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, ...size]`.
public final class AdaptiveMaxPool3d: Layer {
  /// The spatial axes of the result; −1 keeps an axis as it is.
  public let size: [Int]

  /// A layer without parameters.
  ///
  /// - Parameter size: Depth, height and width of the result; −1 keeps an axis as it is.
  public init(_ size: [Int]) { self.size = size }

  /// A layer whose results have equal sides.
  public convenience init(_ size: Int) { self.init([size, size, size]) }

  /// The maximum of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AdaptiveMaxPool3d", x, axes: 3)
      return adaptiveMaxPool(x, to: size)
    }
  }
}
