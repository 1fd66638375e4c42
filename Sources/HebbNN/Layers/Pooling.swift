import HebbCore

/// The maximum over windows, as PyTorch's `nn.MaxPool2d`; the padding never wins.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, height', width']` with
/// height' = ⌊(height + 2 padding − kernel) / stride⌋ + 1.
public final class MaxPool2d: Layer {
  /// Window, stride and padding.
  public let geometry: PoolGeometry

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry) { self.geometry = geometry }

  /// A layer with a square window.
  ///
  /// - Parameters:
  ///   - kernel: Height and width of the window.
  ///   - stride: Its steps along both axes; the kernel's size where nil.
  ///   - padding: Rows and columns on all four sides, at most half the kernel.
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(.square(kernel, stride: stride, padding: padding))
  }

  /// The largest element of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor { maxPool(x, geometry) }
}

/// The mean over windows, as PyTorch's `nn.AvgPool2d`; zeros of the padding count.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, height', width']` with
/// height' = ⌊(height + 2 padding − kernel) / stride⌋ + 1.
public final class AvgPool2d: Layer {
  /// Window, stride and padding.
  public let geometry: PoolGeometry

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry) { self.geometry = geometry }

  /// A layer with a square window.
  ///
  /// - Parameters:
  ///   - kernel: Height and width of the window.
  ///   - stride: Its steps along both axes; the kernel's size where nil.
  ///   - padding: Rows and columns of zeros on all four sides, at most half the kernel.
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(.square(kernel, stride: stride, padding: padding))
  }

  /// The mean of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor { averagePool(x, geometry) }
}

/// The mean over each whole plane, PyTorch's `nn.AdaptiveAvgPool2d(1)`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, 1, 1]`.
public final class GlobalAvgPool2d: Layer {
  /// A layer without parameters.
  public init() {}

  /// The mean of each plane.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.mean(axes: [-2, -1], keepingDimensions: true)
  }
}

extension PoolGeometry {
  /// A square window.
  static func square(_ kernel: Int, stride: Int?, padding: Int) -> PoolGeometry {
    let step = stride ?? kernel
    return PoolGeometry(
      kernel: [kernel, kernel], stride: [step, step], padding: [padding, padding])
  }
}
