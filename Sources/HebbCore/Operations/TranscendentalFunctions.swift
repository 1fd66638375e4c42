/// Logarithms of other bases, inverse and hyperbolic functions, element by element.

/// The logarithm of x to base 2, element by element.
public func log2(_ x: Tensor) -> Tensor { record(Elementwise.Function.logTwo, x) }

/// The logarithm of x to base 10, element by element.
public func log10(_ x: Tensor) -> Tensor { record(Elementwise.Function.logTen, x) }

/// 2ˣ, element by element.
public func exp2(_ x: Tensor) -> Tensor { record(Elementwise.Function.expTwo, x) }

/// The cube root of x, also of a negative x, element by element; its slope at 0 is infinite.
public func cubeRoot(_ x: Tensor) -> Tensor { record(Elementwise.Function.cubeRoot, x) }

/// The angle in −π/2...π/2 radians whose sine is x, element by element; NaN outside of −1...1.
public func asin(_ x: Tensor) -> Tensor { record(Elementwise.Function.arcSine, x) }

/// The angle in 0...π radians whose cosine is x, element by element; NaN outside of −1...1.
public func acos(_ x: Tensor) -> Tensor { record(Elementwise.Function.arcCosine, x) }

/// The angle in −π/2...π/2 radians whose tangent is x, element by element.
public func atan(_ x: Tensor) -> Tensor { record(Elementwise.Function.arcTangent, x) }

/// The angle in −π...π radians of the point (x, y), element by element; ordinate first, as in C.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor {
  record(Elementwise.Function.arcTangentOfRatio, y, x)
}

/// (eˣ − e⁻ˣ) / 2, element by element.
public func sinh(_ x: Tensor) -> Tensor { record(Elementwise.Function.hyperbolicSine, x) }

/// (eˣ + e⁻ˣ) / 2, element by element.
public func cosh(_ x: Tensor) -> Tensor { record(Elementwise.Function.hyperbolicCosine, x) }

/// ln(x + √(x² + 1)), the inverse of sinh, element by element.
public func asinh(_ x: Tensor) -> Tensor { record(Elementwise.Function.areaSine, x) }

/// ln(x + √(x² − 1)), the inverse of cosh, element by element; NaN below 1.
public func acosh(_ x: Tensor) -> Tensor { record(Elementwise.Function.areaCosine, x) }

/// ln((1 + x) / (1 − x)) / 2, the inverse of tanh, element by element; NaN outside of −1...1.
public func atanh(_ x: Tensor) -> Tensor { record(Elementwise.Function.areaTangent, x) }

/// The y with erf(y) = x, element by element; infinite at ±1, NaN beyond.
public func erfInverse(_ x: Tensor) -> Tensor { record(Elementwise.Function.erfInverse, x) }

/// √(a² + b²) without overflow, element by element; NaN slope where both are 0.
public func hypot(_ a: Tensor, _ b: Tensor) -> Tensor {
  record(Elementwise.Function.hypotenuse, a, b)
}

/// √(a² + b²) without overflow, element by element; NaN slope where both are 0.
public func hypot(_ a: Tensor, _ b: Double) -> Tensor { hypot(a, a.scalar(b)) }
