/// How the derivatives of vectors and matrices are laid out as a matrix.
public enum DerivativeLayout: Sendable, Hashable {
  /// By the value: ∂y/∂x has the rows of y; a scalar by a matrix X, `[p, q]`, gives `[q, p]`.
  case numerator
  /// By the variable: the transposed of it, as gradients are laid out.
  case denominator
}

/// The derivative of a scalar, vector or matrix by a scalar, vector or matrix, as a matrix.
///
/// | by numerator | scalar x | vector x `[n]` | matrix X `[p, q]` |
/// |---|---|---|---|
/// | scalar y | `[1, 1]` | `[1, n]`, a row | `[q, p]` |
/// | vector y `[m]` | `[m, 1]`, a column | `[m, n]`, the Jacobian | none |
/// | matrix Y `[m, k]` | `[m, k]`, the tangent matrix | none | none |
///
/// - Parameters:
///   - point: Where; up to two axes.
///   - layout: Which way round.
///   - function: A tensor with up to two axes. Stops the program where the combination has no matrix;
///     `jacobian` gives the tensor then.
/// - Returns: A matrix.
/// - SeeAlso: Magnus & Neudecker 2019, "Matrix differential calculus".
public func matrixDerivative(
  at point: Tensor, layout: DerivativeLayout = .numerator, of function: (Tensor) -> Tensor
) -> Tensor {
  let whole = jacobian(at: point, of: function)
  let valueRank = whole.rank - point.rank
  guard whole.rank <= 2 else {
    trap(
      TensorError(
        "matrixDerivative: a value of rank \(valueRank) by a point of rank \(point.rank) is no "
          + "matrix; use jacobian"))
  }
  let numerator: Tensor =
    switch (valueRank, point.rank) {
    case (0, 2): whole.transposed()
    case (0, _): whole.reshaped(to: [1, point.count])
    case (1, 0): whole.expandingShape(at: 1)
    default: whole
    }
  return layout == .numerator ? numerator : numerator.transposed()
}
