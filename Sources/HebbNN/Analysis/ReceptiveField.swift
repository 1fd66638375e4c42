import HebbCore

/// The window that a layer slides over its input.
public struct Window: Sendable, Hashable {
  /// Elements that it takes along each axis.
  public var kernel: [Int]
  /// Its steps.
  public var stride: [Int]
  /// Elements before the input.
  public var padding: [Int]
  /// Distances between the elements that it takes.
  public var dilation: [Int]

  /// A window.
  public init(kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]) {
    (self.kernel, self.stride) = (kernel, stride)
    (self.padding, self.dilation) = (padding, dilation)
  }

  init(_ geometry: PoolGeometry) {
    self.init(
      kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding,
      dilation: geometry.dilation)
  }

  /// The window of a convolution; with SAME padding and a stride, as for inputs that it divides.
  init(_ weight: Tensor, _ geometry: ConvolutionGeometry, _ padding: ConvolutionPadding) {
    let kernel = Array(weight.shape.dropFirst(2))
    let sizes = Shape([1, 1] + zip(geometry.stride, kernel).map { $0 * $1 * 64 })
    let before = padding.around(sizes, kernel: kernel, geometry).before
    self.init(
      kernel: kernel, stride: geometry.stride, padding: before, dilation: geometry.dilation)
  }
}

/// A layer whose results each depend on a window of its input.
public protocol Windowed: Layer {
  /// The window.
  var window: Window { get }
}

extension Conv1d: Windowed {
  /// The kernel's window.
  public var window: Window { Window(weight, geometry, padding) }
}
extension Conv2d: Windowed {
  /// The kernel's window.
  public var window: Window { Window(weight, geometry, padding) }
}
extension Conv3d: Windowed {
  /// The kernel's window.
  public var window: Window { Window(weight, geometry, padding) }
}

/// The region of the input that one element of a result depends on, and how it moves from element to
/// element.
///
/// With kernel k, stride s, dilation d and padding p of each layer, from first to last:
/// size ← size + d (k − 1) step, start ← start − p step, step ← step · s (Araujo et al. 2019,
/// "Computing receptive fields of convolutional neural networks"). Two 3 × 3 convolutions see 5 × 5,
/// three 7 × 7.
public struct ReceptiveField: Sendable, Hashable {
  /// Elements of the input along each axis.
  public private(set) var size: [Int]
  /// How far it moves from one result to the next.
  public private(set) var step: [Int]
  /// Where the first result's begins; negative in the padding.
  public private(set) var start: [Int]

  /// The field of the input itself: single elements.
  public init(axes: Int = 2) {
    size = Array(repeating: 1, count: axes)
    step = size
    start = Array(repeating: 0, count: axes)
  }

  /// The field after one more window.
  public func seen(through window: Window) -> ReceptiveField {
    guard window.kernel.count == size.count else {
      stop(
        "ReceptiveField: a window \(window.kernel) after \(size.count) spatial axes; say axes: "
          + "\(window.kernel.count)")
    }
    var result = self
    for axis in size.indices {
      result.size[axis] += window.dilation[axis] * (window.kernel[axis] - 1) * step[axis]
      result.start[axis] -= window.padding[axis] * step[axis]
      result.step[axis] *= window.stride[axis]
    }
    return result
  }

  /// The field of a sum of two branches, as in residual blocks. Traps where they differ in step.
  public func joined(with other: ReceptiveField) -> ReceptiveField {
    guard step == other.step else {
      stop("ReceptiveField: branches with steps \(step) and \(other.step) cannot be added")
    }
    var result = self
    for axis in size.indices {
      let end = max(start[axis] + size[axis], other.start[axis] + other.size[axis])
      result.start[axis] = min(start[axis], other.start[axis])
      result.size[axis] = end - result.start[axis]
    }
    return result
  }

  /// The elements of the input that a result depends on along one axis; those in the padding count.
  public func range(of index: Int, axis: Int) -> Range<Int> {
    let first = start[axis] + index * step[axis]
    return first..<first + size[axis]
  }
}

/// The receptive field of a chain of layers.
///
/// - Parameters:
///   - layers: First to last; those without a window are functions of single positions, as activations
///     and normalizations in use are. Layers that see everything (`Linear`, `Flatten`, global and
///     adaptive pools) stop the program: leave them out.
///   - before: The field of what comes in.
///   - axes: The number of spatial axes.
/// - Returns: The field of one element of the last result.
public func receptiveField(
  of layers: [any Layer], after before: ReceptiveField? = nil, axes: Int = 2
) -> ReceptiveField {
  layers.reduce(before ?? ReceptiveField(axes: axes)) { field, layer in
    if let windowed = layer as? any Windowed { return field.seen(through: windowed.window) }
    if let chain = layer as? Sequential { return receptiveField(of: chain.layers, after: field) }
    let name = "\(type(of: layer))"
    let seesAll = ["Linear", "Flatten", "Global", "Adaptive"].contains { name.hasPrefix($0) }
    if seesAll { stop("receptiveField: \(name) sees the whole input; leave it out of the chain") }
    return field
  }
}
