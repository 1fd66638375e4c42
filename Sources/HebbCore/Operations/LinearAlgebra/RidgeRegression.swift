/// The weights w that minimize ‖X w − y‖² + α ‖w‖², w = (Xᵀ X + α I)⁻¹ Xᵀ y.
///
/// For α > 0 the matrix is invertible whatever the rank of X, since its eigenvalues are at least α.
///
/// - Parameters:
///   - x: `[samples, features]`, `float32` or `float64`.
///   - y: `[samples]`, or `[samples, targets]`.
///   - alpha: α; at 0 a rank-deficient X gives NaN or meaningless weights.
/// - Returns: `[features]`, or `[features, targets]`.
/// - SeeAlso: Hoerl & Kennard 1970; Tikhonov 1943. scikit-learn's `Ridge` without intercept.
public func ridgeRegression(_ x: Tensor, _ y: Tensor, alpha: Double) -> Tensor {
  let features = x.shape.last ?? 0
  let gram = matmul(x.transposed(), x) + alpha * Tensor.identity(features, dtype: x.dtype)
  return solve(gram, matmul(x.transposed(), y))
}
