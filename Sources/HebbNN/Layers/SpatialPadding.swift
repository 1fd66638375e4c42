import HebbCore

/// Zeros around an image, as PyTorch's `nn.ZeroPad1d`.
///
/// Shapes: `[batch, channels, length]` → the same with the padding added to the spatial axes.
public final class ZeroPad1d: Layer {
  /// Elements added, in PyTorch's order: left, right.
  public let padding: [Int]

  /// A layer with one number for each side: left, right.
  public init(_ padding: [Int]) { self.padding = checkedSides("ZeroPad1d", padding, axes: 1) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 2))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ZeroPad1d", x, axes: 1)
      return x.paddedAtSides("ZeroPad1d", padding, .zeros)
    }
  }
}

/// Zeros around an image, as PyTorch's `nn.ZeroPad2d`.
///
/// Shapes: `[batch, channels, height, width]` → the same with the padding added to the spatial axes.
public final class ZeroPad2d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom.
  public init(_ padding: [Int]) { self.padding = checkedSides("ZeroPad2d", padding, axes: 2) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 4))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ZeroPad2d", x, axes: 2)
      return x.paddedAtSides("ZeroPad2d", padding, .zeros)
    }
  }
}

/// Zeros around an image, as PyTorch's `nn.ZeroPad3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → the same with the padding added to the spatial axes.
public final class ZeroPad3d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom, front, back.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom, front, back.
  public init(_ padding: [Int]) { self.padding = checkedSides("ZeroPad3d", padding, axes: 3) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 6))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ZeroPad3d", x, axes: 3)
      return x.paddedAtSides("ZeroPad3d", padding, .zeros)
    }
  }
}

/// An image mirrored at its border elements, which are not repeated, as PyTorch's `nn.ReflectionPad1d`.
///
/// Shapes: `[batch, channels, length]` → the same with the padding added to the spatial axes.
public final class ReflectionPad1d: Layer {
  /// Elements added, in PyTorch's order: left, right.
  public let padding: [Int]

  /// A layer with one number for each side: left, right.
  public init(_ padding: [Int]) { self.padding = checkedSides("ReflectionPad1d", padding, axes: 1) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 2))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReflectionPad1d", x, axes: 1)
      return x.paddedAtSides("ReflectionPad1d", padding, .reflect)
    }
  }
}

/// An image mirrored at its border elements, which are not repeated, as PyTorch's `nn.ReflectionPad2d`.
///
/// Shapes: `[batch, channels, height, width]` → the same with the padding added to the spatial axes.
public final class ReflectionPad2d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom.
  public init(_ padding: [Int]) { self.padding = checkedSides("ReflectionPad2d", padding, axes: 2) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 4))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReflectionPad2d", x, axes: 2)
      return x.paddedAtSides("ReflectionPad2d", padding, .reflect)
    }
  }
}

/// An image mirrored at its border elements, which are not repeated, as PyTorch's `nn.ReflectionPad3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → the same with the padding added to the spatial axes.
public final class ReflectionPad3d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom, front, back.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom, front, back.
  public init(_ padding: [Int]) { self.padding = checkedSides("ReflectionPad3d", padding, axes: 3) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 6))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReflectionPad3d", x, axes: 3)
      return x.paddedAtSides("ReflectionPad3d", padding, .reflect)
    }
  }
}

/// The border elements of an image repeated, as PyTorch's `nn.ReplicationPad1d`.
///
/// Shapes: `[batch, channels, length]` → the same with the padding added to the spatial axes.
public final class ReplicationPad1d: Layer {
  /// Elements added, in PyTorch's order: left, right.
  public let padding: [Int]

  /// A layer with one number for each side: left, right.
  public init(_ padding: [Int]) {
    self.padding = checkedSides("ReplicationPad1d", padding, axes: 1)
  }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 2))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReplicationPad1d", x, axes: 1)
      return x.paddedAtSides("ReplicationPad1d", padding, .replicate)
    }
  }
}

/// The border elements of an image repeated, as PyTorch's `nn.ReplicationPad2d`.
///
/// Shapes: `[batch, channels, height, width]` → the same with the padding added to the spatial axes.
public final class ReplicationPad2d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom.
  public init(_ padding: [Int]) {
    self.padding = checkedSides("ReplicationPad2d", padding, axes: 2)
  }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 4))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReplicationPad2d", x, axes: 2)
      return x.paddedAtSides("ReplicationPad2d", padding, .replicate)
    }
  }
}

/// The border elements of an image repeated, as PyTorch's `nn.ReplicationPad3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → the same with the padding added to the spatial axes.
public final class ReplicationPad3d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom, front, back.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom, front, back.
  public init(_ padding: [Int]) {
    self.padding = checkedSides("ReplicationPad3d", padding, axes: 3)
  }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 6))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("ReplicationPad3d", x, axes: 3)
      return x.paddedAtSides("ReplicationPad3d", padding, .replicate)
    }
  }
}

/// The other end of an image around it, as PyTorch's `nn.CircularPad1d`.
///
/// Shapes: `[batch, channels, length]` → the same with the padding added to the spatial axes.
public final class CircularPad1d: Layer {
  /// Elements added, in PyTorch's order: left, right.
  public let padding: [Int]

  /// A layer with one number for each side: left, right.
  public init(_ padding: [Int]) { self.padding = checkedSides("CircularPad1d", padding, axes: 1) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 2))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("CircularPad1d", x, axes: 1)
      return x.paddedAtSides("CircularPad1d", padding, .circular)
    }
  }
}

/// The other end of an image around it, as PyTorch's `nn.CircularPad2d`.
///
/// Shapes: `[batch, channels, height, width]` → the same with the padding added to the spatial axes.
public final class CircularPad2d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom.
  public init(_ padding: [Int]) { self.padding = checkedSides("CircularPad2d", padding, axes: 2) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 4))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("CircularPad2d", x, axes: 2)
      return x.paddedAtSides("CircularPad2d", padding, .circular)
    }
  }
}

/// The other end of an image around it, as PyTorch's `nn.CircularPad3d`.
///
/// Shapes: `[batch, channels, depth, height, width]` → the same with the padding added to the spatial axes.
public final class CircularPad3d: Layer {
  /// Elements added, in PyTorch's order: left, right, top, bottom, front, back.
  public let padding: [Int]

  /// A layer with one number for each side: left, right, top, bottom, front, back.
  public init(_ padding: [Int]) { self.padding = checkedSides("CircularPad3d", padding, axes: 3) }

  /// A layer with equal padding on all sides.
  public convenience init(_ padding: Int) {
    self.init(Array(repeating: padding, count: 6))
  }

  /// The padded image.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      checkRank("CircularPad3d", x, axes: 3)
      return x.paddedAtSides("CircularPad3d", padding, .circular)
    }
  }
}

private func checkedSides(_ name: String, _ padding: [Int], axes: Int) -> [Int] {
  guard padding.count == 2 * axes, padding.allSatisfy({ $0 >= 0 }) else {
    stop("\(name): the padding \(padding) has to be \(2 * axes) numbers, 0 or more")
  }
  return padding
}

extension Tensor {
  /// Padding by sides in PyTorch's order, which begins with the last axis.
  fileprivate func paddedAtSides(
    _ name: String, _ sides: [Int], _ mode: ConvolutionPadding.Mode
  ) -> Tensor {
    let axes = Array((0..<sides.count / 2).reversed())
    return spatiallyPadded(
      name, before: axes.map { sides[2 * $0] }, after: axes.map { sides[2 * $0 + 1] }, mode)
  }
}
