import HebbCore

/// The weight with which a transposed convolution interpolates bilinearly (Long et al. 2015): channel i
/// of the output is channel i of the input, enlarged.
///
/// With a kernel of 2 s − s mod 2, stride s and padding ⌈(s − 1) / 2⌉ the result is s times as large and,
/// inside the border, equal to `resized(by: .linear)`.
///
/// - Parameters:
///   - inputs: Channels of x.
///   - outputs: Channels of y.
///   - kernel: Height and width of the window.
///   - dtype: The element type.
/// - Returns: `[inputs, outputs, kernel, kernel]`, w[i, i, u, v] = (1 − |u − c| / f) (1 − |v − c| / f) with
///   f = ⌊(kernel + 1) / 2⌋ and c the middle of the window; zeros between different channels.
public func bilinearKernel(
  inputs: Int, outputs: Int, kernel: Int, dtype: DType = .float32
) -> Tensor {
  guard inputs > 0, outputs > 0, kernel > 0 else {
    stop("bilinearKernel: \(inputs) inputs, \(outputs) outputs, kernel \(kernel): all are positive")
  }
  let factor = (kernel + 1) / 2
  let center = kernel.isMultiple(of: 2) ? Double(factor) - 0.5 : Double(factor - 1)
  let line = (0..<kernel).map { 1 - abs(Double($0) - center) / Double(factor) }
  var numbers = Array(repeating: 0.0, count: inputs * outputs * kernel * kernel)
  for channel in 0..<min(inputs, outputs) {
    let first = (channel * outputs + channel) * kernel * kernel
    for u in 0..<kernel {
      for v in 0..<kernel { numbers[first + u * kernel + v] = line[u] * line[v] }
    }
  }
  return Tensor(numbers, shape: [inputs, outputs, kernel, kernel]).cast(to: dtype)
}
