import HebbCore

/// The mean over windows, as PyTorch's `nn.AvgPool1d`; zeros of the padding
/// count unless the geometry says otherwise.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, length']` with
/// length' = ⌊(length + 2 padding − kernel) / stride⌋ + 1.
public final class AvgPool1d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry
  /// What the sum over a window is divided by; the number of its elements where nil.
  public let divisor: Int?

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry, divisor: Int? = nil) {
    self.geometry = windowGeometry("AvgPool1d", geometry, axes: 1)
    self.divisor = divisor
  }

  /// A layer with a window.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements of zeros on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 1))
  }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AvgPool1d", x, axes: 1)
      return averagePool(x, geometry, divisor: divisor)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The mean over windows, as PyTorch's `nn.AvgPool2d`; zeros of the padding
/// count unless the geometry says otherwise.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, height', width']` with
/// height' = ⌊(height + 2 padding − kernel) / stride⌋ + 1.
public final class AvgPool2d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry
  /// What the sum over a window is divided by; the number of its elements where nil.
  public let divisor: Int?

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry, divisor: Int? = nil) {
    self.geometry = windowGeometry("AvgPool2d", geometry, axes: 2)
    self.divisor = divisor
  }

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window along each axis.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements of zeros on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 2))
  }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AvgPool2d", x, axes: 2)
      return averagePool(x, geometry, divisor: divisor)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The mean over windows, as PyTorch's `nn.AvgPool3d`; zeros of the padding
/// count unless the geometry says otherwise.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, depth', height', width']` with
/// depth' = ⌊(depth + 2 padding − kernel) / stride⌋ + 1.
public final class AvgPool3d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry
  /// What the sum over a window is divided by; the number of its elements where nil.
  public let divisor: Int?

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry, divisor: Int? = nil) {
    self.geometry = windowGeometry("AvgPool3d", geometry, axes: 3)
    self.divisor = divisor
  }

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window along each axis.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements of zeros on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 3))
  }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("AvgPool3d", x, axes: 3)
      return averagePool(x, geometry, divisor: divisor)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}
