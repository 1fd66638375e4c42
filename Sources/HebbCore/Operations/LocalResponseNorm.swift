/// Local response normalization over neighbouring channels (Krizhevsky et al. 2012, §3.3) as PyTorch
/// computes it, y[c] = x[c] / (k + α / size · Σ x[j]²)^β over the `size` channels around c, zeros
/// outside.
///
/// The paper sums without dividing by the size: its α = 10⁻⁴ is 5 · 10⁻⁴ here, for size 5.
///
/// - Parameters:
///   - x: `[batch, channels, ...]`.
///   - size: Channels that count, from c − ⌊size / 2⌋ on.
///   - alpha: α.
///   - beta: β.
///   - k: k.
/// - Returns: The shape of x.
public func localResponseNorm(
  _ x: Tensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Tensor {
  guard x.rank >= 2, size > 0 else {
    trap(
      TensorError("localResponseNorm: \(size) channels of \(x.shape), [batch, channels, ...]"))
  }
  let rows = square(x).reshaped(to: [x.shape[0], 1, x.shape[1], -1])
  let padded = rows.padded(before: [0, 0, size / 2, 0], after: [0, 0, (size - 1) / 2, 0])
  let means = averagePool(padded, PoolGeometry(kernel: [size, 1], stride: [1, 1]))
  return (x / power(means.reshaped(to: x.shape) * alpha + k, beta)).cast(to: x.dtype)
}
