/// The convolution (cross-correlation) of deep learning,
/// y[n, o, i, j] = Σ x[n, c, i s + u d − p, j s + v d − p] w[o, c, u, v], over two or three spatial axes.
public struct Convolution: Primitive {
  /// Stride, padding, dilation, groups.
  public let geometry: ConvolutionGeometry
  /// How accurately it is computed on matrix tiles, also in its derivatives.
  package let precision: MatrixPrecision

  package init(geometry: ConvolutionGeometry, precision: MatrixPrecision = .current) {
    self.geometry = geometry
    self.precision = precision
  }

  /// The operation's name.
  public var name: String { "convolution" }

  /// x `[batch, in, (depth,) height, width]` and w `[out, in / groups, (kd,) kh, kw]` give
  /// `[batch, out, (depth',) height', width']`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, w) = (inputs[0], inputs[1])
    guard x.shape.rank == 4 || x.shape.rank == 5, w.shape.rank == x.shape.rank,
      x.dtype == w.dtype, x.dtype.isFloatingPoint
    else {
      throw TensorError(
        "convolution: needs [batch, channels, height, width] and [out, in, kh, kw], or both with a "
          + "depth, of one floating-point type, not \(x) and \(w)")
    }
    try geometry.check(name, axes: x.shape.rank - 2)
    guard x.shape[1] == w.shape[1] * geometry.groups, w.shape[0].isMultiple(of: geometry.groups)
    else {
      throw TensorError(
        "convolution: the input \(x.shape) has \(x.shape[1]) channels, the weight \(w.shape) in "
          + "\(geometry.groups) groups expects \(w.shape[1] * geometry.groups)")
    }
    let y = geometry.outputShape(x.shape, weight: w.shape)
    if let axis = y.dropFirst(2).firstIndex(of: 0) {
      throw TensorError(
        "convolution: the kernel \(w.shape) with padding \(geometry.padding) and dilation "
          + "\(geometry.dilation) is larger than the input \(x.shape) along axis \(axis)")
    }
    return TensorType(y, x.dtype)
  }

  /// The input gradient and the weight gradient, two primitives of their own.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (x, w) = (inputs[0], inputs[1])
    return [
      record(
        ConvolutionInputGradient(geometry: geometry, shape: x.shape, precision: precision),
        cotangent, w),
      record(
        ConvolutionWeightGradient(geometry: geometry, shape: w.shape, precision: precision), x,
        cotangent),
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

  /// Geometry and precision.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(precision.rawValue)
  }
}

/// The gradient of a convolution with respect to its input, dx from dy and w; also the transposed
/// convolution.
public struct ConvolutionInputGradient: Primitive {
  /// The geometry of the convolution.
  public let geometry: ConvolutionGeometry
  /// The shape of its input.
  public let shape: Shape
  /// How accurately it is computed on matrix tiles, also in its derivatives.
  package let precision: MatrixPrecision

  package init(
    geometry: ConvolutionGeometry, shape: Shape, precision: MatrixPrecision = .current
  ) {
    self.geometry = geometry
    self.shape = shape
    self.precision = precision
  }

  /// The operation's name.
  public var name: String { "convolutionInputGradient" }

  /// The shape of the input.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (dy, w) = (inputs[0], inputs[1])
    try geometry.check(name, axes: shape.rank - 2)
    guard dy.dtype == w.dtype, dy.dtype.isFloatingPoint, w.shape.rank == shape.rank,
      dy.shape == geometry.outputShape(shape, weight: w.shape),
      shape[1] == w.shape[1] * geometry.groups
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
      record(Convolution(geometry: geometry, precision: precision), cotangent, w),
      record(
        ConvolutionWeightGradient(geometry: geometry, shape: w.shape, precision: precision),
        cotangent, dy),
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

  /// Geometry, shape and precision.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(shape)
    signature.append(precision.rawValue)
  }
}

/// The gradient of a convolution with respect to its weight, dw from x and dy.
public struct ConvolutionWeightGradient: Primitive {
  /// The geometry of the convolution.
  public let geometry: ConvolutionGeometry
  /// The shape of its weight.
  public let shape: Shape
  /// How accurately it is computed on matrix tiles, also in its derivatives.
  package let precision: MatrixPrecision

  package init(
    geometry: ConvolutionGeometry, shape: Shape, precision: MatrixPrecision = .current
  ) {
    self.geometry = geometry
    self.shape = shape
    self.precision = precision
  }

  /// The operation's name.
  public var name: String { "convolutionWeightGradient" }

  /// The shape of the weight.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, dy) = (inputs[0], inputs[1])
    try geometry.check(name, axes: shape.rank - 2)
    guard dy.dtype == x.dtype, dy.dtype.isFloatingPoint, x.shape.rank == shape.rank,
      dy.shape == geometry.outputShape(x.shape, weight: shape),
      x.shape[1] == shape[1] * geometry.groups
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
      record(
        ConvolutionInputGradient(geometry: geometry, shape: x.shape, precision: precision), dy,
        cotangent),
      record(Convolution(geometry: geometry, precision: precision), x, cotangent),
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

  /// Geometry, shape and precision.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(shape)
    signature.append(precision.rawValue)
  }
}

extension HostArray {
  init(_ values: [Double], _ type: TensorType) {
    self.init(zeros: type)
    for (i, value) in values.enumerated() { set(i, real: value) }
  }
}

/// The convolution (cross-correlation) over one, two or three spatial axes, as PyTorch's `conv1d`,
/// `conv2d` and `conv3d`.
///
/// - Parameters:
///   - x: `[batch, in, length]`, `[batch, in, height, width]` or `[batch, in, depth, height, width]`.
///   - weight: `[out, in / groups, ...kernel]`.
///   - bias: `[out]`, or nil.
///   - geometry: Stride, padding, dilation, groups.
/// - Returns: `[batch, out, height', width']` with
///   height' = ⌊(height + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1, and so each axis.
public func convolution(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil,
  _ geometry: ConvolutionGeometry = ConvolutionGeometry()
) -> Tensor {
  guard x.rank >= 3, x.rank <= 5, weight.rank == x.rank else {
    trap(
      TensorError(
        "convolution: needs an input [batch, channels, ...] with 1 to 3 spatial axes and a weight "
          + "[out, in, ...kernel] with as many, not \(x.shape) and \(weight.shape)"))
  }
  let fitted = geometry.fitted(to: x.rank - 2)
  // A line is an image of one row.
  if x.rank == 3 {
    let y = convolution(
      x.expandingShape(at: 2), weight.expandingShape(at: 2), bias, fitted.ofRows)
    return y.squeezingShape(at: 2)
  }
  return biased(
    record(Convolution(geometry: fitted), Autocast.factor(x), Autocast.factor(weight)), bias)
}

/// Adds one number to each channel.
func biased(_ y: Tensor, _ bias: Tensor?) -> Tensor {
  guard let bias else { return y }
  return y
    + Autocast.factor(bias).reshaped(to: [bias.count] + Array(repeating: 1, count: y.rank - 2))
}
