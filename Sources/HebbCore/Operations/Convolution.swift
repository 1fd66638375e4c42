/// How a window slides over the spatial axes of `[batch, channels, height, width]`.
public struct ConvolutionGeometry: Sendable, Hashable {
  /// Steps of the window along height and width.
  public var stride: [Int]
  /// Zeros before and after, along height and width.
  public var padding: [Int]
  /// Distances between the elements that the window takes.
  public var dilation: [Int]
  /// Groups of channels that do not mix.
  public var groups: Int

  /// A geometry; every list has one number for height and one for width.
  public init(
    stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// ⌊(size + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
  func outputSize(_ size: Int, kernel: Int, axis: Int) -> Int {
    let reach = dilation[axis] * (kernel - 1) + 1
    let room = size + 2 * padding[axis] - reach
    return room < 0 ? 0 : room / stride[axis] + 1
  }

  func check(_ name: String) throws(TensorError) {
    let lists = [stride, padding, dilation]
    guard lists.allSatisfy({ $0.count == 2 }), stride.min() ?? 0 > 0, dilation.min() ?? 0 > 0,
      padding.min() ?? -1 >= 0, groups > 0
    else {
      throw TensorError(
        "\(name): stride \(stride), padding \(padding), dilation \(dilation), groups \(groups): "
          + "two positive numbers each are expected (padding may be 0)")
    }
  }

  func sign(_ signature: inout Signature) {
    for list in [stride, padding, dilation] {
      for number in list { signature.append(number) }
    }
    signature.append(groups)
  }

  /// Calls `body` with the position of each product: element of x, of the weight and of y.
  func forEachProduct(
    x: Shape, weight: Shape, y: Shape, _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void
  ) {
    let (perGroup, outputsPerGroup) = (weight[1], weight[0] / groups)
    forEachIndex(of: y) { position, index in
      let (n, o) = (index[0], index[1])
      for c in 0..<perGroup {
        let channel = o / outputsPerGroup * perGroup + c
        for i in 0..<weight[2] {
          let row = index[2] * stride[0] - padding[0] + i * dilation[0]
          if row < 0 || row >= x[2] { continue }
          for j in 0..<weight[3] {
            let column = index[3] * stride[1] - padding[1] + j * dilation[1]
            if column < 0 || column >= x[3] { continue }
            let source = ((n * x[1] + channel) * x[2] + row) * x[3] + column
            let tap = ((o * perGroup + c) * weight[2] + i) * weight[3] + j
            body(source, tap, position)
          }
        }
      }
    }
  }
}

/// The convolution (cross-correlation) of deep learning,
/// y[n, o, i, j] = Σ x[n, c, i s + u d − p, j s + v d − p] w[o, c, u, v].
public struct Convolution: Primitive {
  /// Stride, padding, dilation, groups.
  public let geometry: ConvolutionGeometry

  package init(geometry: ConvolutionGeometry) {
    self.geometry = geometry
  }

  /// The operation's name.
  public var name: String { "convolution" }

  /// x `[batch, in, height, width]` and w `[out, in / groups, kh, kw]` give
  /// `[batch, out, height', width']`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, w) = (inputs[0], inputs[1])
    try geometry.check(name)
    guard x.shape.rank == 4, w.shape.rank == 4, x.dtype == w.dtype, x.dtype.isFloatingPoint else {
      throw TensorError(
        "convolution: needs [batch, channels, height, width] and [out, in, kh, kw] of one "
          + "floating-point type, not \(x) and \(w)")
    }
    guard x.shape[1] == w.shape[1] * geometry.groups, w.shape[0].isMultiple(of: geometry.groups)
    else {
      throw TensorError(
        "convolution: the input \(x.shape) has \(x.shape[1]) channels, the weight \(w.shape) in "
          + "\(geometry.groups) groups expects \(w.shape[1] * geometry.groups)")
    }
    let height = geometry.outputSize(x.shape[2], kernel: w.shape[2], axis: 0)
    let width = geometry.outputSize(x.shape[3], kernel: w.shape[3], axis: 1)
    guard height > 0, width > 0 else {
      throw TensorError(
        "convolution: the kernel \(w.shape) with padding \(geometry.padding) and dilation "
          + "\(geometry.dilation) is larger than the input \(x.shape)")
    }
    return TensorType([x.shape[0], w.shape[0], height, width], x.dtype)
  }

  /// The input gradient and the weight gradient, two primitives of their own.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (x, w) = (inputs[0], inputs[1])
    return [
      record(ConvolutionInputGradient(geometry: geometry, shape: x.shape), cotangent, w),
      record(ConvolutionWeightGradient(geometry: geometry, shape: w.shape), x, cotangent),
    ]
  }

  /// One product after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: type.shape.elementCount)
    geometry.forEachProduct(
      x: inputs[0].type.shape, weight: inputs[1].type.shape, y: type.shape
    ) { x, w, y in sums[y] += inputs[0].real(x) * inputs[1].real(w) }
    return HostArray(sums, type)
  }

  /// The geometry.
  public func sign(_ signature: inout Signature) { geometry.sign(&signature) }
}

/// The gradient of a convolution with respect to its input, dx from dy and w; also the transposed
/// convolution.
public struct ConvolutionInputGradient: Primitive {
  /// The geometry of the convolution.
  public let geometry: ConvolutionGeometry
  /// The shape of its input.
  public let shape: Shape

  package init(geometry: ConvolutionGeometry, shape: Shape) {
    self.geometry = geometry
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "convolutionInputGradient" }

  /// The shape of the input.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (dy, w) = (inputs[0], inputs[1])
    try geometry.check(name)
    let height = geometry.outputSize(shape[2], kernel: w.shape[2], axis: 0)
    let width = geometry.outputSize(shape[3], kernel: w.shape[3], axis: 1)
    guard dy.dtype == w.dtype, dy.dtype.isFloatingPoint,
      dy.shape == [shape[0], w.shape[0], height, width], shape[1] == w.shape[1] * geometry.groups
    else {
      throw TensorError(
        "convolutionInputGradient: \(dy) and weight \(w) do not fit to an input \(shape)")
    }
    return TensorType(shape, dy.dtype)
  }

  /// Linear in both: the convolution of the cotangent, and its weight gradient.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (dy, w) = (inputs[0], inputs[1])
    return [
      record(Convolution(geometry: geometry), cotangent, w),
      record(ConvolutionWeightGradient(geometry: geometry, shape: w.shape), cotangent, dy),
    ]
  }

  /// One product after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: type.shape.elementCount)
    geometry.forEachProduct(
      x: shape, weight: inputs[1].type.shape, y: inputs[0].type.shape
    ) { x, w, y in sums[x] += inputs[0].real(y) * inputs[1].real(w) }
    return HostArray(sums, type)
  }

  /// Geometry and shape.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(shape)
  }
}

/// The gradient of a convolution with respect to its weight, dw from x and dy.
public struct ConvolutionWeightGradient: Primitive {
  /// The geometry of the convolution.
  public let geometry: ConvolutionGeometry
  /// The shape of its weight.
  public let shape: Shape

  package init(geometry: ConvolutionGeometry, shape: Shape) {
    self.geometry = geometry
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "convolutionWeightGradient" }

  /// The shape of the weight.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, dy) = (inputs[0], inputs[1])
    try geometry.check(name)
    let height = geometry.outputSize(x.shape[2], kernel: shape[2], axis: 0)
    let width = geometry.outputSize(x.shape[3], kernel: shape[3], axis: 1)
    guard dy.dtype == x.dtype, dy.dtype.isFloatingPoint,
      dy.shape == [x.shape[0], shape[0], height, width], x.shape[1] == shape[1] * geometry.groups
    else {
      throw TensorError(
        "convolutionWeightGradient: \(x) and \(dy) do not fit to a weight \(shape)")
    }
    return TensorType(shape, x.dtype)
  }

  /// Linear in both: the input gradient and the convolution with the cotangent as weight.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (x, dy) = (inputs[0], inputs[1])
    return [
      record(ConvolutionInputGradient(geometry: geometry, shape: x.shape), dy, cotangent),
      record(Convolution(geometry: geometry), x, cotangent),
    ]
  }

  /// One product after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: type.shape.elementCount)
    geometry.forEachProduct(
      x: inputs[0].type.shape, weight: shape, y: inputs[1].type.shape
    ) { x, w, y in sums[w] += inputs[0].real(x) * inputs[1].real(y) }
    return HostArray(sums, type)
  }

  /// Geometry and shape.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(shape)
  }
}

extension HostArray {
  init(_ values: [Double], _ type: TensorType) {
    self.init(zeros: type)
    for (i, value) in values.enumerated() { set(i, real: value) }
  }
}

/// Two-dimensional convolution (cross-correlation), as in PyTorch's `conv2d`.
///
/// - Parameters:
///   - x: `[batch, in, height, width]`.
///   - weight: `[out, in / groups, kernel height, kernel width]`.
///   - bias: `[out]`, or nil.
///   - geometry: Stride, padding, dilation, groups.
/// - Returns: `[batch, out, height', width']` with
///   height' = ⌊(height + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public func convolution(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil,
  _ geometry: ConvolutionGeometry = ConvolutionGeometry()
) -> Tensor {
  let y = record(Convolution(geometry: geometry), x, weight)
  guard let bias else { return y }
  return y + bias.reshaped(to: [bias.count, 1, 1])
}
