/// What the second derivatives say about a point of a function.
///
/// Where the gradient is zero, f(x + d) ≈ f(x) + ½ dᵀ H d: the eigenvalues of the Hessian H tell a
/// minimum (all positive) from a maximum (all negative) and a saddle (both signs).
public struct CriticalPoint: Sendable {
  /// What kind of point it is.
  public enum Kind: String, Sendable, Hashable {
    /// All eigenvalues are positive.
    case minimum
    /// All eigenvalues are negative.
    case maximum
    /// There are positive and negative eigenvalues.
    case saddle
    /// Some eigenvalues are zero and the others agree in sign: second derivatives do not decide.
    case undecided
    /// The gradient is not zero.
    case regular
  }

  /// What kind of point it is.
  public let kind: Kind
  /// The length of the gradient.
  public let gradientNorm: Double
  /// The eigenvalues of the Hessian, ascending.
  public let eigenvalues: [Double]
  /// The eigenvectors as columns, `[n, n]`.
  public let eigenvectors: Tensor

  /// The direction of the most negative curvature, along which the value falls on both sides of a saddle
  /// or maximum; nil where there is none.
  ///
  /// - SeeAlso: Dauphin et al. 2014, "Identifying and attacking the saddle point problem".
  public let escapeDirection: Tensor?

  /// Looks at a scalar function of a vector; computed at once, with the whole Hessian.
  ///
  /// - Parameters:
  ///   - point: A vector `[n]`.
  ///   - tolerance: Below which the gradient's length and eigenvalues count as zero.
  ///   - function: A scalar of a vector.
  public init(at point: Tensor, tolerance: Double = 1e-8, of function: (Tensor) -> Tensor) {
    let slope = gradient(at: point, of: function)
    let (values, vectors) = eigh(hessian(at: point, of: function))
    gradientNorm = matrixNorm(slope.expandingShape(at: 0)).item()
    let eigenvalues = values.doubles()
    self.eigenvalues = eigenvalues
    eigenvectors = vectors.evaluated()
    let isDown = eigenvalues.contains { $0 < -tolerance }
    let isUp = eigenvalues.contains { $0 > tolerance }
    let isFlat = eigenvalues.contains { Swift.abs($0) <= tolerance }
    escapeDirection = isDown ? vectors.slice(axis: 1, 0..<1).squeezingShape(at: 1) : nil
    kind =
      gradientNorm > tolerance
      ? .regular
      : isDown && isUp ? .saddle : isFlat ? .undecided : isDown ? .maximum : .minimum
  }
}

/// The Taylor polynomial of second order, f(x + d) ≈ f(x) + gᵀ d + ½ dᵀ H d.
///
/// - Parameters:
///   - point: x, a vector.
///   - function: A scalar of a vector.
/// - Returns: The polynomial as a function of the step d.
public func taylorPolynomial(
  at point: Tensor, of function: (Tensor) -> Tensor
) -> (_ step: Tensor) -> Tensor {
  let (value, slope) = valueAndGradient(at: point, of: function)
  let curvature = hessian(at: point, of: function)
  return { step in
    value + (slope * step).sum() + 0.5 * (step * matmul(curvature, step)).sum()
  }
}

/// By how much a function violates convexity between two points, the largest
/// f(λ x + (1 − λ) y) − (λ f(x) + (1 − λ) f(y)) over λ; not above 0 for convex functions.
///
/// - Parameters:
///   - x: A point.
///   - y: Another point of the same shape.
///   - steps: How many λ are tried, evenly from 0 to 1.
///   - function: A scalar of a tensor.
/// - Returns: The largest difference; 0 at least, that of the ends.
/// - SeeAlso: Boyd & Vandenberghe 2004, §3.1.1.
public func convexityViolation(
  between x: Tensor, _ y: Tensor, steps: Int = 20, of function: (Tensor) -> Tensor
) -> Double {
  let (atX, atY) = (function(x), function(y))
  let gaps = (0...Swift.max(steps, 1)).map { step in
    let part = Double(step) / Double(Swift.max(steps, 1))
    return function(part * x + (1 - part) * y) - (part * atX + (1 - part) * atY)
  }
  return stack(gaps).max().item()
}
