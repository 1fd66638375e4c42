/// Elementwise functions of tensors: operators and names. A Swift number takes the tensor's type.
///
/// All of them broadcast by NumPy's rule and trap, naming the shapes or types, where operands do
/// not fit together; two tensors of different types need a cast.

extension Tensor {
  /// A scalar with the element type of this tensor. Traps where an integer tensor would lose the
  /// fraction of `value`.
  func scalar(_ value: Double) -> Tensor {
    if dtype.isFloatingPoint { return Tensor(Node(.real(value), dtype)) }
    guard let integer = Int64(exactly: value) else {
      trap(TensorError("the number \(value) does not fit into a tensor of type \(dtype)"))
    }
    return Tensor(Node(.integer(integer), dtype))
  }
}

extension Tensor {
  /// a + b, element by element.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.add, a, b)
  }
  /// a + b, element by element.
  public static func + (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.add, a, a.scalar(b))
  }
  /// a + b, element by element.
  public static func + (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.add, b.scalar(a), b)
  }
}

extension Tensor {
  /// a − b, element by element.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.subtract, a, b)
  }
  /// a − b, element by element.
  public static func - (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.subtract, a, a.scalar(b))
  }
  /// a − b, element by element.
  public static func - (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.subtract, b.scalar(a), b)
  }
}

extension Tensor {
  /// a · b, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.multiply, a, b)
  }
  /// a · b, element by element.
  public static func * (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.multiply, a, a.scalar(b))
  }
  /// a · b, element by element.
  public static func * (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.multiply, b.scalar(a), b)
  }
}

extension Tensor {
  /// a / b, element by element.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.divide, a, b)
  }
  /// a / b, element by element.
  public static func / (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.divide, a, a.scalar(b))
  }
  /// a / b, element by element.
  public static func / (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.divide, b.scalar(a), b)
  }
}

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
  /// Whether a = b, element by element.
  public static func .== (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.equal, a, b)
  }
  /// Whether a = b, element by element.
  public static func .== (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.equal, a, a.scalar(b))
  }
  /// Whether a = b, element by element.
  public static func .== (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.equal, b.scalar(a), b)
  }
}

extension Tensor {
  /// Whether a ≠ b, element by element.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.notEqual, a, b)
  }
  /// Whether a ≠ b, element by element.
  public static func .!= (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.notEqual, a, a.scalar(b))
  }
  /// Whether a ≠ b, element by element.
  public static func .!= (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.notEqual, b.scalar(a), b)
  }
}

extension Tensor {
  /// Whether a < b, element by element.
  public static func .< (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.less, a, b)
  }
  /// Whether a < b, element by element.
  public static func .< (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.less, a, a.scalar(b))
  }
  /// Whether a < b, element by element.
  public static func .< (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.less, b.scalar(a), b)
  }
}

extension Tensor {
  /// Whether a ≤ b, element by element.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.lessEqual, a, b)
  }
  /// Whether a ≤ b, element by element.
  public static func .<= (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.lessEqual, a, a.scalar(b))
  }
  /// Whether a ≤ b, element by element.
  public static func .<= (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.lessEqual, b.scalar(a), b)
  }
}

extension Tensor {
  /// Whether a > b, element by element.
  public static func .> (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.greater, a, b)
  }
  /// Whether a > b, element by element.
  public static func .> (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.greater, a, a.scalar(b))
  }
  /// Whether a > b, element by element.
  public static func .> (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.greater, b.scalar(a), b)
  }
}

extension Tensor {
  /// Whether a ≥ b, element by element.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    record(Elementwise.Function.greaterEqual, a, b)
  }
  /// Whether a ≥ b, element by element.
  public static func .>= (a: Tensor, b: Double) -> Tensor {
    record(Elementwise.Function.greaterEqual, a, a.scalar(b))
  }
  /// Whether a ≥ b, element by element.
  public static func .>= (a: Double, b: Tensor) -> Tensor {
    record(Elementwise.Function.greaterEqual, b.scalar(a), b)
  }
}

extension Tensor {
  /// −a, element by element.
  public static prefix func - (a: Tensor) -> Tensor { record(Elementwise.Function.negate, a) }
  /// Not a, element by element.
  public static prefix func .! (a: Tensor) -> Tensor { record(Elementwise.Function.not, a) }
  /// a and b, element by element.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { record(Elementwise.Function.and, a, b) }
  /// a or b, element by element.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { record(Elementwise.Function.or, a, b) }
  /// Either a or b, element by element.
  public static func .^ (a: Tensor, b: Tensor) -> Tensor { record(Elementwise.Function.xor, a, b) }
}
prefix operator .!
infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
infix operator .^ : LogicalDisjunctionPrecedence

/// |x|, element by element.
public func abs(_ x: Tensor) -> Tensor { record(Elementwise.Function.absolute, x) }

/// −1, 0 or 1 by the sign of x; slope 0, element by element.
public func sign(_ x: Tensor) -> Tensor { record(Elementwise.Function.sign, x) }

/// x², element by element.
public func square(_ x: Tensor) -> Tensor { record(Elementwise.Function.square, x) }

/// 1 / x, element by element.
public func reciprocal(_ x: Tensor) -> Tensor { record(Elementwise.Function.reciprocal, x) }

/// √x, element by element.
public func sqrt(_ x: Tensor) -> Tensor { record(Elementwise.Function.squareRoot, x) }

/// 1 / √x, element by element.
public func rsqrt(_ x: Tensor) -> Tensor { record(Elementwise.Function.reciprocalSquareRoot, x) }

/// The largest integer not above x; slope 0, element by element.
public func floor(_ x: Tensor) -> Tensor { record(Elementwise.Function.floor, x) }

/// The smallest integer not below x; slope 0, element by element.
public func ceiling(_ x: Tensor) -> Tensor { record(Elementwise.Function.ceiling, x) }

/// The nearest integer, ties to even; slope 0, element by element.
public func round(_ x: Tensor) -> Tensor { record(Elementwise.Function.round, x) }

/// x without its fraction; slope 0, element by element.
public func truncate(_ x: Tensor) -> Tensor { record(Elementwise.Function.truncate, x) }

/// eˣ, element by element.
public func exp(_ x: Tensor) -> Tensor { record(Elementwise.Function.exp, x) }

/// eˣ − 1, exact for small x, element by element.
public func expMinusOne(_ x: Tensor) -> Tensor { record(Elementwise.Function.expMinusOne, x) }

/// The natural logarithm of x, element by element.
public func log(_ x: Tensor) -> Tensor { record(Elementwise.Function.log, x) }

/// ln(1 + x), exact for small x, element by element.
public func logOnePlus(_ x: Tensor) -> Tensor { record(Elementwise.Function.logOnePlus, x) }

/// The sine of x in radians, element by element.
public func sin(_ x: Tensor) -> Tensor { record(Elementwise.Function.sine, x) }

/// The cosine of x in radians, element by element.
public func cos(_ x: Tensor) -> Tensor { record(Elementwise.Function.cosine, x) }

/// The tangent of x in radians, element by element.
public func tan(_ x: Tensor) -> Tensor { record(Elementwise.Function.tangent, x) }

/// The hyperbolic tangent of x, element by element.
public func tanh(_ x: Tensor) -> Tensor { record(Elementwise.Function.tanh, x) }

/// σ(x) = 1 / (1 + e⁻ˣ), element by element.
public func sigmoid(_ x: Tensor) -> Tensor { record(Elementwise.Function.sigmoid, x) }

/// The error function, 2/√π ∫₀ˣ e⁻ᵗ² dt, element by element.
public func erf(_ x: Tensor) -> Tensor { record(Elementwise.Function.erf, x) }

/// max(x, 0); slope 0 at 0, as in PyTorch, element by element.
public func relu(_ x: Tensor) -> Tensor { record(Elementwise.Function.relu, x) }

/// 1 where x > 0, else 0; slope 0, element by element.
public func step(_ x: Tensor) -> Tensor { record(Elementwise.Function.step, x) }

/// ln(1 + eˣ), without overflow, element by element.
public func softplus(_ x: Tensor) -> Tensor { record(Elementwise.Function.softplus, x) }

/// Whether x is not a number, element by element.
public func isNaN(_ x: Tensor) -> Tensor { record(Elementwise.Function.isNaN, x) }

/// Whether x is neither infinite nor NaN, element by element.
public func isFinite(_ x: Tensor) -> Tensor { record(Elementwise.Function.isFinite, x) }

/// a to the power b, element by element.
public func power(_ a: Tensor, _ b: Tensor) -> Tensor { record(Elementwise.Function.power, a, b) }

/// a to the power b, element by element.
public func power(_ a: Tensor, _ b: Double) -> Tensor {
  record(Elementwise.Function.power, a, a.scalar(b))
}

/// The larger of a and b; NaN where one is, element by element.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
  record(Elementwise.Function.maximum, a, b)
}

/// The larger of a and b; NaN where one is, element by element.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor {
  record(Elementwise.Function.maximum, a, a.scalar(b))
}

/// The smaller of a and b; NaN where one is, element by element.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
  record(Elementwise.Function.minimum, a, b)
}

/// The smaller of a and b; NaN where one is, element by element.
public func minimum(_ a: Tensor, _ b: Double) -> Tensor {
  record(Elementwise.Function.minimum, a, a.scalar(b))
}

/// a modulo b with the sign of b, element by element.
public func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
  record(Elementwise.Function.remainder, a, b)
}

/// a modulo b with the sign of b, element by element.
public func remainder(_ a: Tensor, _ b: Double) -> Tensor {
  record(Elementwise.Function.remainder, a, a.scalar(b))
}

/// a where the condition holds, else b, element by element; all three broadcast.
///
/// - Parameters:
///   - condition: Truth values; the element type must be `bool`.
///   - a: Taken where the condition holds.
///   - b: Taken elsewhere, of the same type.
/// - Returns: The broadcast shape of all three.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  record(Elementwise(.select), Operands(condition.node, a.node, b.node))
}

/// GELU, x Φ(x) with the normal distribution function Φ(x) = (1 + erf(x / √2)) / 2, element by
/// element (Hendrycks & Gimpel 2016).
public func gelu(_ x: Tensor) -> Tensor {
  record(Elementwise.Function.gelu, x)
}

/// SiLU, x σ(x), element by element (Elfwing et al. 2017).
public func silu(_ x: Tensor) -> Tensor { inSinglePrecision(x) { x in x * sigmoid(x) } }
