/// A pooling window over the spatial axes of `[batch, channels, height, width]`, or of tensors with one
/// or three spatial axes.
///
/// A list of equal numbers holds for any number of axes.
public struct PoolGeometry: Sendable, Hashable {
  /// The size of the window along each axis.
  public var kernel: [Int]
  /// Its steps along each axis.
  public var stride: [Int]
  /// Padding before and after, at most half the window.
  public var padding: [Int]
  /// Distances between the elements that the window takes.
  public var dilation: [Int]
  /// Whether windows may hang over the end, as long as they start within.
  public var ceilMode: Bool
  /// Whether means count the zeros of the padding.
  public var countsPadding: Bool

  /// A geometry; the step is the window's size where it is nil.
  public init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0, 0], dilation: [Int] = [1, 1],
    ceilMode: Bool = false, countsPadding: Bool = true
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
    self.countsPadding = countsPadding
  }

  /// The geometry for so many axes: lists of equal numbers become as long.
  package func fitted(to axes: Int) -> PoolGeometry {
    var result = self
    result.kernel = fittedNumbers(kernel, to: axes)
    result.stride = fittedNumbers(stride, to: axes)
    result.padding = fittedNumbers(padding, to: axes)
    result.dilation = fittedNumbers(dilation, to: axes)
    return result
  }

  /// The geometry of some of the axes, with axes of single elements put before or after.
  func planes(_ range: Range<Int>, before: Int = 0, after: Int = 0) -> PoolGeometry {
    func part(_ numbers: [Int], _ neutral: Int) -> [Int] {
      Array(repeating: neutral, count: before) + numbers[range]
        + Array(repeating: neutral, count: after)
    }
    var result = self
    result.kernel = part(kernel, 1)
    result.stride = part(stride, 1)
    result.padding = part(padding, 0)
    result.dilation = part(dilation, 1)
    return result
  }

  /// The number of windows along an axis: ⌊(size + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1,
  /// in ceiling mode ⌈…⌉ + 1 without a window that would start in the padding after the end.
  package func outputSize(_ size: Int, axis: Int) -> Int {
    let room = size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1
    if room < 0 { return 0 }
    guard ceilMode else { return room / stride[axis] + 1 }
    let count = (room + stride[axis] - 1) / stride[axis] + 1
    return (count - 1) * stride[axis] >= size + padding[axis] ? count - 1 : count
  }

  func check(_ name: String, _ x: TensorType, axes: Int) throws(TensorError) {
    let lists = [kernel, stride, padding, dilation]
    guard x.shape.rank == axes + 2, x.dtype.isFloatingPoint,
      lists.allSatisfy({ $0.count == axes }), kernel.min() ?? 0 > 0, stride.min() ?? 0 > 0,
      padding.min() ?? -1 >= 0, dilation.min() ?? 0 > 0,
      (0..<axes).allSatisfy({ padding[$0] <= (dilation[$0] * (kernel[$0] - 1) + 1) / 2 })
    else {
      throw TensorError(
        "\(name): kernel \(kernel), stride \(stride), padding \(padding) (at most half the kernel), "
          + "dilation \(dilation) on \(x); [batch, channels, ...] with one number for each spatial "
          + "axis is expected")
    }
    for axis in 0..<axes where outputSize(x.shape[2 + axis], axis: axis) == 0 {
      throw TensorError(
        "\(name): the window \(kernel) is larger than the input \(x.shape) along axis \(axis + 2)")
    }
  }

  func outputShape(_ name: String, _ x: TensorType) throws(TensorError) -> Shape {
    try check(name, x, axes: 2)
    var shape = x.shape
    for axis in 0..<2 { shape[2 + axis] = outputSize(shape[2 + axis], axis: axis) }
    return shape
  }

  func sign(_ signature: inout Signature) {
    for list in [kernel, stride, padding, dilation] {
      for number in list { signature.append(number) }
    }
    signature.append(ceilMode)
    signature.append(countsPadding)
  }

  /// Calls `body` with each element of y and each position of x in its window.
  func forEachTap(x: Shape, y: Shape, _ body: (_ y: Int, _ x: Int, _ inPlane: Int) -> Void) {
    forEachIndex(of: y) { position, index in
      for i in 0..<kernel[0] {
        let row = index[2] * stride[0] - padding[0] + i * dilation[0]
        if row < 0 || row >= x[2] { continue }
        for j in 0..<kernel[1] {
          let column = index[3] * stride[1] - padding[1] + j * dilation[1]
          if column < 0 || column >= x[3] { continue }
          let inPlane = row * x[3] + column
          body(position, (index[0] * x[1] + index[1]) * x[2] * x[3] + inPlane, inPlane)
        }
      }
    }
  }

  /// What the sum over each window is divided by, for each element of y.
  func counts(x: Shape, y: Shape) -> [Double] {
    let whole = Double(kernel[0] * kernel[1])
    var counts = Array(repeating: countsPadding ? whole : 0, count: y.elementCount)
    if !countsPadding { forEachTap(x: x, y: y) { y, _, _ in counts[y] += 1 } }
    return counts
  }
}
