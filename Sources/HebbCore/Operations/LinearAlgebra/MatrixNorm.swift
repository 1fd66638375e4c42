/// Which norm of a matrix.
public enum MatrixNorm: Sendable, Hashable, CaseIterable {
  /// √Σ a², the default.
  case frobenius
  /// The sum of the singular values.
  case nuclear
  /// The largest singular value.
  case spectral
  /// The largest sum of magnitudes in a column.
  case one
  /// The largest sum of magnitudes in a row.
  case infinity
}

/// A norm of the matrices in the last two axes.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`.
///   - norm: Which one.
/// - Returns: `[...]`.
public func matrixNorm(_ a: Tensor, _ norm: MatrixNorm = .frobenius) -> Tensor {
  do throws(TensorError) {
    _ = try MatrixRule.matrix("matrixNorm", a.type)
  } catch { trap(error) }
  switch norm {
  case .frobenius: return sqrt(square(a).sum(axes: [-2, -1]))
  case .nuclear: return svd(a).s.sum(axes: [-1])
  case .spectral: return svd(a).s.max(axes: [-1])
  case .one: return abs(a).sum(axes: [-2]).max(axes: [-1])
  case .infinity: return abs(a).sum(axes: [-1]).max(axes: [-1])
  }
}
