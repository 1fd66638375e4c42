/// The inverse of square matrices; NaN for a singular one, see `solve`.
///
/// - Parameter a: `[..., n, n]`, `float32` or `float64`.
/// - Returns: A⁻¹, in the shape of A. To compute A⁻¹ B, `solve` is faster and more accurate.
public func inverse(_ a: Tensor) -> Tensor {
  let n = a.rank >= 2 ? a.shape[a.rank - 1] : 0
  return solve(a, Tensor.identity(n, dtype: a.dtype))
}

/// The Moore-Penrose pseudo-inverse V diag(1/σ) Uᵀ; singular values below `tolerance` σ₁ count as zero.
///
/// The gradient is that of Golub & Pereyra 1973, for perturbations that keep the rank.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`.
///   - tolerance: Relative to the largest singular value; max(m, n) times the type's spacing where nil.
/// - Returns: `[..., n, m]`.
public func pseudoInverse(_ a: Tensor, tolerance: Double? = nil) -> Tensor {
  withCustomGradient([a]) { inputs in
    let (u, s, vTransposed) = svd(inputs[0])
    let isLarge = s .> threshold(s, for: a, tolerance)
    let reciprocals = select(isLarge, 1 / s, s.filled(with: 0))
    return matmul(vTransposed.transposed() * reciprocals.expandingShape(at: -2), u.transposed())
  } backward: { dP, inputs, p in
    let (a, pT, dT) = (inputs[0], p.transposed(), dP.transposed())
    // −Pᵀ dP Pᵀ + (1 − A P) dPᵀ P Pᵀ + Pᵀ P dPᵀ (1 − P A)
    let left = matmul(matmul(dT, p), pT)
    let right = matmul(matmul(pT, p), dT)
    let inside = matmul(matmul(pT, dP), pT)
    let outer = (left - matmul(a, matmul(p, left))) + (right - matmul(matmul(right, p), a))
    return [outer - inside]
  }
}

/// What singular values of a matrix count as zero, in the shape `[..., 1]`.
func threshold(_ s: Tensor, for a: Tensor, _ tolerance: Double?) -> Tensor {
  let spacing = a.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
  let factor = tolerance ?? Double(Swift.max(a.shape[a.rank - 1], a.shape[a.rank - 2])) * spacing
  return s.max(axes: [-1], keepingDimensions: true) * factor
}
