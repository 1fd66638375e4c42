/// The transposed convolution over one, two or three spatial axes, PyTorch's `conv_transpose1d`,
/// `conv_transpose2d` and `conv_transpose3d`: the input gradient of the convolution with the same
/// weight, so that stride enlarges and padding removes rows and columns of the result. It restores
/// the size that a convolution had reduced, not the values ("deconvolution" is a misnomer).
///
/// - Parameters:
///   - x: `[batch, in, ...spatial]`.
///   - weight: `[in, out / groups, ...kernel]`.
///   - bias: `[out]`, or nil.
///   - geometry: Stride, padding, dilation, groups of the convolution whose gradient this is.
///   - outputPadding: Rows and columns more at the end of each axis, smaller than stride or dilation;
///     none where nil.
/// - Returns: `[batch, out, height', width']` with
///   height' = (height − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1.
/// - SeeAlso: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning".
public func transposedConvolution(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil,
  _ geometry: ConvolutionGeometry = ConvolutionGeometry(), outputPadding: [Int]? = nil
) -> Tensor {
  let (x, weight) = (Autocast.factor(x), Autocast.factor(weight))
  let axes = x.rank - 2
  let extra = fittedNumbers(outputPadding ?? [0], to: axes)
  let fitted = geometry.fitted(to: axes)
  do throws(TensorError) {
    try checkTransposed(x, weight, fitted, extra)
  } catch { trap(error) }
  if axes == 1 {
    let y = transposedConvolution(
      x.expandingShape(at: 2), weight.expandingShape(at: 2), bias, fitted.ofRows,
      outputPadding: [0] + extra)
    return y.squeezingShape(at: 2)
  }
  // A window that could take one more step belongs to another convolution: without padding the
  // result is whole, and what is wanted is cut out of it.
  if zip(extra, fitted.stride).contains(where: { $0 >= $1 }) {
    return biased(cutFromWhole(x, weight, fitted, extra), bias)
  }
  var shape: Shape = [x.shape[0], weight.shape[1] * fitted.groups]
  for axis in 0..<axes {
    shape.append(transposedSize(x, weight, fitted, axis) + extra[axis])
  }
  return biased(
    record(ConvolutionInputGradient(geometry: fitted, shape: shape), x, weight), bias)
}

private func transposedSize(
  _ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, _ axis: Int
) -> Int {
  let reach = geometry.dilation[axis] * (weight.shape[2 + axis] - 1) + 1
  return (x.shape[2 + axis] - 1) * geometry.stride[axis] - 2 * geometry.padding[axis] + reach
}

private func cutFromWhole(
  _ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, _ extra: [Int]
) -> Tensor {
  var whole = geometry
  whole.padding = geometry.padding.map { _ in 0 }
  var y = transposedConvolution(x, weight, nil, whole)
  for axis in 0..<extra.count {
    let size = transposedSize(x, weight, geometry, axis) + extra[axis]
    let start = geometry.padding[axis]
    let end = min(start + size, y.shape[2 + axis])
    y = y.slice(axis: 2 + axis, start..<end)
    var after = Array(repeating: 0, count: y.rank)
    after[2 + axis] = size - (end - start)
    y = y.padded(before: Array(repeating: 0, count: y.rank), after: after)
  }
  return y
}

private func checkTransposed(
  _ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, _ extra: [Int]
) throws(TensorError) {
  let name = "transposedConvolution"
  guard (3...5).contains(x.rank), weight.rank == x.rank, x.dtype == weight.dtype else {
    throw TensorError(
      "\(name): needs an input [batch, channels, ...] with 1 to 3 spatial axes and a weight [in, "
        + "out, ...kernel] with as many, of one type, not \(x.type) and \(weight.type)")
  }
  try geometry.check(name, axes: x.rank - 2)
  guard x.shape[1] == weight.shape[0], x.shape[1].isMultiple(of: geometry.groups) else {
    throw TensorError(
      "\(name): the input \(x.shape) has \(x.shape[1]) channels, the weight \(weight.shape) in "
        + "\(geometry.groups) groups expects \(weight.shape[0])")
  }
  guard extra.count == x.rank - 2 else {
    throw TensorError(
      "\(name): \(extra.count) numbers of output padding for \(x.rank - 2) spatial axes")
  }
  for axis in 0..<extra.count {
    let limit = max(geometry.stride[axis], geometry.dilation[axis])
    guard extra[axis] >= 0, extra[axis] < limit else {
      throw TensorError(
        "\(name): the output padding \(extra[axis]) of axis \(axis + 2) has to be smaller than "
          + "stride or dilation, \(limit)")
    }
    guard transposedSize(x, weight, geometry, axis) + extra[axis] > 0 else {
      throw TensorError(
        "\(name): the padding \(geometry.padding) leaves nothing of axis \(axis + 2) for the input "
          + "\(x.shape) and the weight \(weight.shape)")
    }
  }
}
