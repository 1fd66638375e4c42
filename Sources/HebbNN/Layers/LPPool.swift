import HebbCore

/// The p-norm over windows, (Σ xᵖ)^(1/p), as PyTorch's `nn.LPPool1d`.
///
/// Shapes: `[batch, channels, length]` → `[batch, channels, length']` with
/// length' = ⌊(length − kernel) / stride⌋ + 1.
public final class LPPool1d: Layer, Windowed {
  /// p.
  public let p: Double
  /// Window and stride.
  public let geometry: PoolGeometry

  /// A layer with a window.
  ///
  /// - Parameters:
  ///   - p: The power; 1 gives sums.
  ///   - kernel: The size of the window.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - ceilMode: Whether windows may hang over the end.
  public init(_ p: Double, kernel: Int, stride: Int? = nil, ceilMode: Bool = false) {
    self.p = p
    geometry = .equal(kernel, stride: stride, padding: 0, ceilMode, axes: 1)
  }

  /// The norm of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("LPPool1d", x, axes: 1)
      return lpPool(x, p: p, geometry)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The p-norm over windows, (Σ xᵖ)^(1/p), as PyTorch's `nn.LPPool2d`.
///
/// Shapes: `[batch, channels, height, width]` → `[batch, channels, height', width']` with
/// height' = ⌊(height − kernel) / stride⌋ + 1.
public final class LPPool2d: Layer, Windowed {
  /// p.
  public let p: Double
  /// Window and stride.
  public let geometry: PoolGeometry

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - p: The power; 1 gives sums.
  ///   - kernel: The size of the window.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - ceilMode: Whether windows may hang over the end.
  public init(_ p: Double, kernel: Int, stride: Int? = nil, ceilMode: Bool = false) {
    self.p = p
    geometry = .equal(kernel, stride: stride, padding: 0, ceilMode, axes: 2)
  }

  /// The norm of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("LPPool2d", x, axes: 2)
      return lpPool(x, p: p, geometry)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}

/// The p-norm over windows, (Σ xᵖ)^(1/p), as PyTorch's `nn.LPPool3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → `[batch, channels, depth', height', width']` with
/// depth' = ⌊(depth − kernel) / stride⌋ + 1.
public final class LPPool3d: Layer, Windowed {
  /// p.
  public let p: Double
  /// Window and stride.
  public let geometry: PoolGeometry

  /// A layer with a window of equal sides.
  ///
  /// - Parameters:
  ///   - p: The power; 1 gives sums.
  ///   - kernel: The size of the window.
  ///   - stride: Its steps; the kernel's size where nil.
  ///   - ceilMode: Whether windows may hang over the end.
  public init(_ p: Double, kernel: Int, stride: Int? = nil, ceilMode: Bool = false) {
    self.p = p
    geometry = .equal(kernel, stride: stride, padding: 0, ceilMode, axes: 3)
  }

  /// The norm of each window.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("LPPool3d", x, axes: 3)
      return lpPool(x, p: p, geometry)
    }
  }

  /// The window.
  public var window: Window { Window(geometry) }
}
