import HebbCore

/// Puts maxima back to where `MaxPool1d.withIndices` took them from, zeros elsewhere, as PyTorch's
/// `nn.MaxUnpool1d`.
public final class MaxUnpool1d: Module {
  /// The window of the pooling.
  public let geometry: PoolGeometry

  /// The reverse of a pooling with this window.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxUnpool1d", geometry, axes: 1)
  }

  /// The reverse of a pooling with a window.
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(.equal(kernel, stride: stride, padding: padding, false, axes: 1))
  }

  /// The maxima at their places.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, length]`.
  ///   - indices: Of the same shape, from `MaxPool1d.withIndices`.
  ///   - size: The spatial axes of the result; (size − 1) stride − 2 padding + kernel where nil.
  /// - Returns: `[batch, channels, ...size]`.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, size: [Int]? = nil) -> Tensor {
    calling {
      checkRank("MaxUnpool1d", x, axes: 1)
      return maxUnpool(x, indices, size: size ?? unpooledSize(x, geometry))
    }
  }
}

/// Puts maxima back to where `MaxPool2d.withIndices` took them from, zeros elsewhere, as PyTorch's
/// `nn.MaxUnpool2d`.
public final class MaxUnpool2d: Module {
  /// The window of the pooling.
  public let geometry: PoolGeometry

  /// The reverse of a pooling with this window.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxUnpool2d", geometry, axes: 2)
  }

  /// The reverse of a pooling with a window of equal sides.
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(.equal(kernel, stride: stride, padding: padding, false, axes: 2))
  }

  /// The maxima at their places.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - indices: Of the same shape, from `MaxPool2d.withIndices`.
  ///   - size: The spatial axes of the result; (size − 1) stride − 2 padding + kernel where nil.
  /// - Returns: `[batch, channels, ...size]`.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, size: [Int]? = nil) -> Tensor {
    calling {
      checkRank("MaxUnpool2d", x, axes: 2)
      return maxUnpool(x, indices, size: size ?? unpooledSize(x, geometry))
    }
  }
}

/// Puts maxima back to where `MaxPool3d.withIndices` took them from, zeros elsewhere, as PyTorch's
/// `nn.MaxUnpool3d`.
public final class MaxUnpool3d: Module {
  /// The window of the pooling.
  public let geometry: PoolGeometry

  /// The reverse of a pooling with this window.
  public init(_ geometry: PoolGeometry) {
    self.geometry = windowGeometry("MaxUnpool3d", geometry, axes: 3)
  }

  /// The reverse of a pooling with a window of equal sides.
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(.equal(kernel, stride: stride, padding: padding, false, axes: 3))
  }

  /// The maxima at their places.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, depth, height, width]`.
  ///   - indices: Of the same shape, from `MaxPool3d.withIndices`.
  ///   - size: The spatial axes of the result; (size − 1) stride − 2 padding + kernel where nil.
  /// - Returns: `[batch, channels, ...size]`.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, size: [Int]? = nil) -> Tensor {
    calling {
      checkRank("MaxUnpool3d", x, axes: 3)
      return maxUnpool(x, indices, size: size ?? unpooledSize(x, geometry))
    }
  }
}

private func unpooledSize(_ x: Tensor, _ geometry: PoolGeometry) -> [Int] {
  geometry.kernel.indices.map { axis in
    let steps = (x.shape[2 + axis] - 1) * geometry.stride[axis]
    return steps - 2 * geometry.padding[axis] + geometry.kernel[axis]
  }
}
