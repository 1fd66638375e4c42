/// The convolution of mathematics, (x ∗ k)[i] = Σ x[a] k[i − a], over all places where the two overlap,
/// as `numpy.convolve` and `scipy.signal.convolve2d`: commutative, unlike the cross-correlation
/// `convolution`, whose kernel is not flipped.
///
/// - Parameters:
///   - x: A signal, an image or a volume: `[length]`, `[height, width]`, `[depth, height, width]`.
///   - kernel: As many axes.
/// - Returns: size + kernel − 1 elements along each axis.
/// - SeeAlso: Goodfellow et al. 2016, §9.1.
public func signalConvolution(_ x: Tensor, _ kernel: Tensor) -> Tensor {
  guard (1...3).contains(x.rank), kernel.rank == x.rank, x.dtype == kernel.dtype, x.count > 0,
    kernel.count > 0
  else {
    trap(
      TensorError(
        "signalConvolution: needs two tensors of one type with the same 1 to 3 axes, not \(x.type) "
          + "and \(kernel.type)"))
  }
  let flipped = (0..<kernel.rank).reduce(kernel) { $0.flipped(axis: $1) }
  let ones = Array(repeating: 1, count: x.rank)
  let geometry = ConvolutionGeometry(
    stride: ones, padding: kernel.shape.map { $0 - 1 }, dilation: ones)
  let y = convolution(
    x.reshaped(to: [1, 1] + Array(x.shape)), flipped.reshaped(to: [1, 1] + Array(kernel.shape)),
    nil, geometry)
  return y.squeezingShape(at: 0).squeezingShape(at: 0)
}
