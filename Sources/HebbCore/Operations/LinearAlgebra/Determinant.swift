/// The determinant of square matrices, by elimination; 0 for a singular matrix, where the gradient is
/// not finite.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: `[...]`.
public func determinant(_ a: Tensor) -> Tensor {
  let (diagonal, sign) = eliminated("determinant", a)
  return sign * diagonal.product(axes: [-1])
}

/// The logarithm of the magnitude of the determinant, and its sign: det A = sign · e^logarithm, without
/// overflow. A singular matrix gives sign 0 and −∞.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: Both in the shape `[...]`; only the logarithm has a gradient, A⁻ᵀ.
public func logDeterminant(_ a: Tensor) -> (sign: Tensor, logarithm: Tensor) {
  let (diagonal, order) = eliminated("logDeterminant", a)
  let signs = stopGradient(sign(diagonal).product(axes: [-1]) * order)
  return (signs, log(abs(diagonal)).sum(axes: [-1]))
}

/// The pivots of the elimination, and the sign of the order of rows.
private func eliminated(_ name: String, _ a: Tensor) -> (diagonal: Tensor, sign: Tensor) {
  guard a.rank >= 2, a.shape[a.rank - 1] == a.shape[a.rank - 2] else {
    trap(TensorError("\(name): needs square matrices [..., n, n], not shape \(a.shape)"))
  }
  let n = a.shape[a.rank - 1]
  let packed = record(LUFactors(), a)
  let sign = stopGradient(packed.slice(axis: -1, n * n + n..<n * n + n + 1).squeezingShape(at: -1))
  return (packed.unpacked(0, [n, n]).diagonal(axes: -2, -1), sign)
}
