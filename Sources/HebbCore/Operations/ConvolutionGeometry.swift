/// How a window slides over the spatial axes of `[batch, channels, height, width]`, or of tensors with
/// one or three spatial axes.
///
/// A list of equal numbers holds for any number of axes, so `ConvolutionGeometry(groups: 2)` fits a
/// convolution of volumes, too.
public struct ConvolutionGeometry: Sendable, Hashable {
  /// Steps of the window along each axis.
  public var stride: [Int]
  /// Zeros before and after, along each axis.
  public var padding: [Int]
  /// Distances between the elements that the window takes.
  public var dilation: [Int]
  /// Groups of channels that do not mix.
  public var groups: Int

  /// A geometry; every list has one number for each spatial axis.
  public init(
    stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// The geometry for so many axes: lists of equal numbers become as long.
  package func fitted(to axes: Int) -> ConvolutionGeometry {
    var result = self
    result.stride = fittedNumbers(stride, to: axes)
    result.padding = fittedNumbers(padding, to: axes)
    result.dilation = fittedNumbers(dilation, to: axes)
    return result
  }

  /// The geometry of lines for images of one row.
  var ofRows: ConvolutionGeometry {
    ConvolutionGeometry(
      stride: [1] + stride, padding: [0] + padding, dilation: [1] + dilation, groups: groups)
  }

  /// ⌊(size + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
  package func outputSize(_ size: Int, kernel: Int, axis: Int) -> Int {
    let reach = dilation[axis] * (kernel - 1) + 1
    let room = size + 2 * padding[axis] - reach
    return room < 0 ? 0 : room / stride[axis] + 1
  }

  /// The shape of the result for an input and a weight of as many axes.
  func outputShape(_ x: Shape, weight: Shape) -> Shape {
    var shape: Shape = [x[0], weight[0]]
    for axis in 0..<x.rank - 2 {
      shape.append(outputSize(x[2 + axis], kernel: weight[2 + axis], axis: axis))
    }
    return shape
  }

  func check(_ name: String, axes: Int) throws(TensorError) {
    let lists = [stride, padding, dilation]
    guard lists.allSatisfy({ $0.count == axes }), stride.min() ?? 0 > 0, dilation.min() ?? 0 > 0,
      padding.min() ?? -1 >= 0, groups > 0
    else {
      throw TensorError(
        "\(name): stride \(stride), padding \(padding), dilation \(dilation), groups \(groups): "
          + "\(axes) positive numbers each are expected, one for each spatial axis (padding may be "
          + "0)")
    }
  }

  func sign(_ signature: inout Signature) {
    for list in [stride, padding, dilation] {
      signature.append(list.count)
      for number in list { signature.append(number) }
    }
    signature.append(groups)
  }

  /// Calls `body` with the position of each product: element of x, of the weight and of y.
  func forEachProduct(
    x: Shape, weight: Shape, y: Shape, _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void
  ) {
    let (perGroup, outputsPerGroup) = (weight[1], weight[0] / groups)
    let taps = Shape(weight.dropFirst(2))
    forEachIndex(of: y) { position, index in
      let (n, o) = (index[0], index[1])
      for c in 0..<perGroup {
        let channel = o / outputsPerGroup * perGroup + c
        forEachIndex(of: taps) { tap, offsets in
          var source = n * x[1] + channel
          for axis in 0..<taps.rank {
            let place =
              index[2 + axis] * stride[axis] - padding[axis] + offsets[axis] * dilation[axis]
            if place < 0 || place >= x[2 + axis] { return }
            source = source * x[2 + axis] + place
          }
          body(source, (o * perGroup + c) * taps.elementCount + tap, position)
        }
      }
    }
  }
}

/// A list of one number for each of so many axes; equal numbers are repeated or dropped.
func fittedNumbers(_ numbers: [Int], to axes: Int) -> [Int] {
  guard numbers.count != axes, let first = numbers.first, numbers.allSatisfy({ $0 == first }) else {
    return numbers
  }
  return Array(repeating: first, count: axes)
}
