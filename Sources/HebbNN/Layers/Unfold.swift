import HebbCore

/// Every window of an image as a column (im2col), as PyTorch's `nn.Unfold`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels · elements of the window, windows]`.
public final class Unfold: Layer {
  /// Height and width of the window.
  public let kernel: [Int]
  /// Stride, padding and dilation.
  public let geometry: ConvolutionGeometry

  /// A layer without parameters.
  public init(kernel: [Int], _ geometry: ConvolutionGeometry = ConvolutionGeometry()) {
    (self.kernel, self.geometry) = (kernel, geometry)
  }

  /// The windows of x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { unfold(x, kernel: kernel, geometry) }
  }
}

/// Adds every column to its window (col2im), as PyTorch's `nn.Fold`.
///
/// Shapes: `[batch, channels · elements of the window, windows]` → `[batch, channels, height, width]`.
public final class Fold: Layer {
  /// Height and width of the result.
  public let size: [Int]
  /// Height and width of the window.
  public let kernel: [Int]
  /// Stride, padding and dilation.
  public let geometry: ConvolutionGeometry

  /// A layer without parameters.
  public init(
    size: [Int], kernel: [Int], _ geometry: ConvolutionGeometry = ConvolutionGeometry()
  ) {
    (self.size, self.kernel, self.geometry) = (size, kernel, geometry)
  }

  /// The sums of the windows.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      fold(x, to: size, kernel: kernel, geometry)
    }
  }
}
