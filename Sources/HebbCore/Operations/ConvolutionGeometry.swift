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
    // Planes are volumes of one layer.
    let (deepX, deepWeight) = (Self.volume(x), Self.volume(weight))
    let isPlane = x.rank == 4
    let strides = isPlane ? [1] + stride : stride
    let paddings = isPlane ? [0] + padding : padding
    let dilations = isPlane ? [1] + dilation : dilation
    let (perGroup, outputsPerGroup) = (weight[1], weight[0] / groups)
    let (depth, height, width) = (deepX[2], deepX[3], deepX[4])
    let (kd, kh, kw) = (deepWeight[2], deepWeight[3], deepWeight[4])
    forEachIndex(of: Self.volume(y)) { position, index in
      let (n, o) = (index[0], index[1])
      let front = index[2] * strides[0] - paddings[0]
      let top = index[3] * strides[1] - paddings[1]
      let left = index[4] * strides[2] - paddings[2]
      for c in 0..<perGroup {
        let channel = n * x[1] + o / outputsPerGroup * perGroup + c
        for t in 0..<kd {
          let layer = front + t * dilations[0]
          if layer < 0 || layer >= depth { continue }
          for i in 0..<kh {
            let row = top + i * dilations[1]
            if row < 0 || row >= height { continue }
            for j in 0..<kw {
              let column = left + j * dilations[2]
              if column < 0 || column >= width { continue }
              let source = ((channel * depth + layer) * height + row) * width + column
              let tap = (((o * perGroup + c) * kd + t) * kh + i) * kw + j
              body(source, tap, position)
            }
          }
        }
      }
    }
  }

  /// A shape with three spatial axes, the first of size 1 where there are two.
  private static func volume(_ shape: Shape) -> Shape {
    shape.rank == 5 ? shape : [shape[0], shape[1], 1, shape[2], shape[3]]
  }
}

/// A list of one number for each of so many axes; equal numbers are repeated or dropped.
func fittedNumbers(_ numbers: [Int], to axes: Int) -> [Int] {
  guard numbers.count != axes, let first = numbers.first, numbers.allSatisfy({ $0 == first }) else {
    return numbers
  }
  return Array(repeating: first, count: axes)
}
