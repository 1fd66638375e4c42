import HebbCore

/// The maximum over windows, as PyTorch's `nn.MaxPool1d`; the padding never wins, and the gradient goes to
/// the first of equals.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, length']` with
/// length' = ⌊(length + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public final class MaxPool1d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxPool1d", geometry, axes: 1)
  }

  /// A layer with a window.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 1))
  }

  /// The largest element of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("MaxPool1d", x, axes: 1)
      return maxPool(x, geometry)
    }
  }

  /// The largest element of each window, and its position in the flattened spatial axes of x, as
  /// PyTorch's layer gives it with `return_indices`.
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    maxPoolWithIndices(x, geometry)
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The maximum over windows, as PyTorch's `nn.MaxPool2d`; the padding never wins, and the gradient goes to
/// the first of equals.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, height', width']` with
/// height' = ⌊(height + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public final class MaxPool2d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxPool2d", geometry, axes: 2)
  }

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window along each axis.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 2))
  }

  /// The largest element of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("MaxPool2d", x, axes: 2)
      return maxPool(x, geometry)
    }
  }

  /// The largest element of each window, and its position in the flattened spatial axes of x, as
  /// PyTorch's layer gives it with `return_indices`.
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    maxPoolWithIndices(x, geometry)
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The maximum over windows, as PyTorch's `nn.MaxPool3d`; the padding never wins, and the gradient goes to
/// the first of equals.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, depth', height', width']` with
/// depth' = ⌊(depth + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public final class MaxPool3d: Layer, Windowed {
  /// Window, stride and padding.
  public let geometry: PoolGeometry

  /// A layer with a window of any form.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxPool3d", geometry, axes: 3)
  }

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window along each axis.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - padding: Elements on all sides, at most half the kernel.
  ///   - ceilMode: Whether windows may hang over the end.
  public convenience init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) {
    self.init(.equal(kernel, stride: stride, padding: padding, ceilMode, axes: 3))
  }

  /// The largest element of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("MaxPool3d", x, axes: 3)
      return maxPool(x, geometry)
    }
  }

  /// The largest element of each window, and its position in the flattened spatial axes of x, as
  /// PyTorch's layer gives it with `return_indices`.
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    maxPoolWithIndices(x, geometry)
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

extension PoolGeometry {
  /// A window of equal sides.
  static func equal(
    _ kernel: Int, stride: Int?, padding: Int, _ ceilMode: Bool, axes: Int
  ) -> PoolGeometry {
    func each(_ number: Int) -> [Int] { Array(repeating: number, count: axes) }
    return PoolGeometry(
      kernel: each(kernel), stride: each(stride ?? kernel), padding: each(padding),
      dilation: each(1), ceilMode: ceilMode)
  }
}

/// The geometry for so many axes; stops where its lists do not fit.
func windowGeometry(_ name: String, _ geometry: PoolGeometry, axes: Int) -> PoolGeometry {
  let fitted = geometry.fitted(to: axes)
  let lists = [fitted.kernel, fitted.stride, fitted.padding, fitted.dilation]
  guard lists.allSatisfy({ $0.count == axes }), fitted.kernel.allSatisfy({ $0 > 0 }),
    fitted.stride.allSatisfy({ $0 > 0 })
  else {
    stop(
      "\(name): kernel \(geometry.kernel), stride \(geometry.stride), padding \(geometry.padding), "
        + "dilation \(geometry.dilation): \(axes) positive numbers each are expected")
  }
  return fitted
}

/// Stops where an input has not so many spatial axes.
func checkRank(_ name: String, _ x: Tensor, axes: Int) {
  let names = [1: "length", 2: "height, width", 3: "depth, height, width"]
  guard x.rank == axes + 2 else {
    stop("\(name): needs [batch, channels, \(names[axes] ?? "")], not \(x.shape)")
  }
}
