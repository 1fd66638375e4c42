/// Elementwise functions that are a few lines over others; PyTorch's values and slopes.

/// x limited to `min`...`max`, element by element; `max` where the limits cross.
///
/// - Parameters:
///   - x: Any numbers; NaN stays NaN.
///   - min: The lower limit, nil for none.
///   - max: The upper limit, nil for none.
/// - Returns: The shape of x. The slope is 1 within the limits, 0 on them and beyond.
public func clamp(_ x: Tensor, min: Double? = nil, max: Double? = nil) -> Tensor {
  var y = x
  if let min { y = select(y .<= min, y.filled(with: min), y) }
  if let max { y = select(y .>= max, y.filled(with: max), y) }
  return y
}

/// x limited to `min`...`max`, element by element; all broadcast. The limits take the slope where they
/// hold, half of it where x is equal.
public func clamp(_ x: Tensor, min: Tensor?, max: Tensor?) -> Tensor {
  var y = x
  if let min { y = maximum(y, min) }
  if let max { y = minimum(y, max) }
  return y
}

/// The largest integer not above a / b, element by element; slope 0. Of integers exact, of real
/// numbers consistent with `remainder`: a = b · floorDivide(a, b) + remainder(a, b).
public func floorDivide(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.dtype.isFloatingPoint else { return (a - remainder(a, b)) / b }
  let quotient = round((a - remainder(a, b)) / b)
  return select(b .== 0, stopGradient(a / b), quotient)
}

/// The largest integer not above a / b, element by element; slope 0.
public func floorDivide(_ a: Tensor, _ b: Double) -> Tensor { floorDivide(a, a.scalar(b)) }

/// Whether x is infinite, element by element.
public func isInfinite(_ x: Tensor) -> Tensor { abs(x) .== Double.infinity }

/// x with NaN and infinities replaced, element by element; slope 0 there.
///
/// - Parameters:
///   - x: Floating-point numbers.
///   - nan: For NaN.
///   - positiveInfinity: For ∞; the largest finite number of the element type where nil.
///   - negativeInfinity: For −∞; the lowest finite number of the element type where nil.
/// - Returns: The shape of x.
public func nanToNumber(
  _ x: Tensor, nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil
) -> Tensor {
  let largest = x.dtype.largestFinite
  let high = x.filled(with: positiveInfinity ?? largest)
  let low = x.filled(with: negativeInfinity ?? -largest)
  let finite = select(x .> largest, high, select(x .< -largest, low, x))
  return select(isNaN(x), x.filled(with: nan), finite)
}

extension DType {
  /// The largest finite number; of integers, the largest.
  var largestFinite: Double {
    switch self {
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .float64: Double.greatestFiniteMagnitude
    case .bfloat16: Double(BFloat16(bitPattern: 0x7f7f).floatValue)
    case .float16: 65504
    default: Double(HostArray.range(of: self).upperBound)
    }
  }
}

/// ln(eᵃ + eᵇ) without overflow, element by element.
public func logAddExp(_ a: Tensor, _ b: Tensor) -> Tensor {
  // Equal infinities have no difference.
  let difference = select(a .== b, a.filled(with: 0), a - b)
  return maximum(a, b) + softplus(-abs(difference))
}

/// x ln y, 0 where x is 0 and y is not NaN, element by element.
public func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor {
  // Where the logarithm is infinite or not defined, it must not meet the 0.
  let isHarmful = (x .== 0) .& ((y .<= 0) .| (y .== Double.infinity))
  return x * log(select(isHarmful, y.filled(with: 1), y))
}

/// sin(πx) / (πx), 1 at 0, element by element. Its slope at 0 is exact, higher derivatives there are 0.
public func sinc(_ x: Tensor) -> Tensor {
  let isZero = x .== 0
  let angle = Double.pi * select(isZero, x.filled(with: 1), x)
  return select(isZero, x.filled(with: 1), sin(angle) / angle)
}

/// a + weight · (b − a), element by element: a at weight 0, b at weight 1, both exactly.
public func lerp(_ a: Tensor, _ b: Tensor, _ weight: Double) -> Tensor {
  weight < 0.5 ? a + weight * (b - a) : b - (1 - weight) * (b - a)
}

/// a + weight · (b − a), element by element: a at weight 0, b at weight 1, both exactly.
public func lerp(_ a: Tensor, _ b: Tensor, _ weight: Tensor) -> Tensor {
  let step = b - a
  return select(weight .< 0.5, a + weight * step, b - (1 - weight) * step)
}

/// ln(x / (1 − x)), the inverse of the sigmoid, element by element.
public func logit(_ x: Tensor) -> Tensor { log(x) - logOnePlus(-x) }

/// x without its integer part, with the sign of x, element by element; slope 1.
public func fraction(_ x: Tensor) -> Tensor { x - truncate(x) }

extension Tensor {
  /// a ← a + b.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// a ← a + b.
  public static func += (a: inout Tensor, b: Double) { a = a + b }
  /// a ← a − b.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// a ← a − b.
  public static func -= (a: inout Tensor, b: Double) { a = a - b }
  /// a ← a · b.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// a ← a · b.
  public static func *= (a: inout Tensor, b: Double) { a = a * b }
  /// a ← a / b.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  /// a ← a / b.
  public static func /= (a: inout Tensor, b: Double) { a = a / b }
}

/// Whether |a − b| ≤ absoluteTolerance + relativeTolerance · |b|, element by element, as in NumPy.
///
/// - Parameters:
///   - a: The numbers in question.
///   - b: The expected ones, of the same type.
///   - relativeTolerance: Times |b|.
///   - absoluteTolerance: For b near 0.
///   - equalNaN: Whether NaN is close to NaN.
/// - Returns: Truth values. Equal infinities are close, an infinity and a number never.
public func isClose(
  _ a: Tensor, _ b: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8,
  equalNaN: Bool = false
) -> Tensor {
  guard a.dtype.isFloatingPoint, b.dtype.isFloatingPoint else {
    return isClose(
      a.cast(to: .float64), b.cast(to: .float64), relativeTolerance: relativeTolerance,
      absoluteTolerance: absoluteTolerance, equalNaN: equalNaN)
  }
  let bound = absoluteTolerance + relativeTolerance * abs(b)
  let isNear = (abs(a - b) .<= bound) .& isFinite(b)
  let isSame = (a .== b) .| isNear
  return equalNaN ? isSame .| (isNaN(a) .& isNaN(b)) : isSame
}

/// Whether all elements are close, see `isClose`.
public func allClose(
  _ a: Tensor, _ b: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8,
  equalNaN: Bool = false
) -> Bool {
  isClose(
    a, b, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance,
    equalNaN: equalNaN
  ).all().item() != 0
}
