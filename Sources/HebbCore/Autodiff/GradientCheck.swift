/// Compares derivatives with differences of function values.
///
/// Each input is moved by ±h along each of its elements, and the result is contracted with a random
/// cotangent: with ones, wrong rules (of softmax, say) could pass. Use `float64` inputs.
///
/// - Parameters:
///   - function: A tensor of tensors, smooth at the inputs.
///   - inputs: Where; `float64`.
///   - step: h of the central difference (f(x + h) − f(x − h)) / 2h.
///   - seed: Of the random cotangent.
/// - Returns: For each input, the largest error relative to the largest derivative (at least 1).
/// - SeeAlso: Goodfellow, Bengio & Courville 2016, §11.5.
public func gradientErrors(
  of function: ([Tensor]) -> Tensor, at inputs: [Tensor], step: Double = 1e-5, seed: UInt64 = 1
) -> [Double] {
  let sources = inputs.map { $0.source() }
  let value = function(sources)
  let generator = PhiloxGenerator(seed: seed, stream: 0x6772_6164)
  let cotangent = Tensor.normal(value.shape, dtype: value.dtype, using: generator).evaluated()
  let analytic = gradients(of: value, for: sources, cotangent: cotangent)
  return inputs.indices.map { position in
    let derivatives = analytic[position].doubles()
    let original = inputs[position].doubles()
    var worst = 0.0
    let scale = max(1, derivatives.map(abs).max() ?? 0)
    for element in original.indices {
      func moved(by delta: Double) -> Double {
        var numbers = original
        numbers[element] += delta
        // Sources, as above: a function that reads values and takes derivatives needs its graph.
        var arguments = sources
        arguments[position] = Tensor(numbers, shape: inputs[position].shape)
          .cast(to: inputs[position].dtype).source()
        return (function(arguments) * cotangent).sum().item()
      }
      let difference = (moved(by: step) - moved(by: -step)) / (2 * step)
      worst = max(worst, abs(difference - derivatives[element]) / scale)
    }
    return worst
  }
}
