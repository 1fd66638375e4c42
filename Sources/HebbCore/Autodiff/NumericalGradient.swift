import Glibc

/// How a derivative is estimated from function values.
public enum Difference: Sendable, Hashable, CaseIterable {
  /// (f(x + h) − f(x)) / h; its error shrinks as h.
  case forward
  /// (f(x + h) − f(x − h)) / 2h; its error shrinks as h².
  case central
}

/// The gradient of a scalar function by differences, one element after the other: ∂f/∂xᵢ with the other
/// variables held constant.
///
/// - Parameters:
///   - function: A scalar of a tensor; it is called once or twice for each element.
///   - point: x; best `float64`, because differences lose half of the digits.
///   - method: The formula.
///   - step: h; where nil about the best for the element type and the formula: √ε forward and ∛ε
///     central, ε being the distance from 1 to the next number.
/// - Returns: The shape and type of the point.
/// - SeeAlso: Press et al. 2007, "Numerical Recipes", §5.7.
public func numericalGradient(
  of function: (Tensor) -> Tensor, at point: Tensor, by method: Difference = .central,
  step: Double? = nil
) -> Tensor {
  guard point.dtype.isFloatingPoint else {
    trap(TensorError("numericalGradient: needs a floating-point tensor, not \(point.type)"))
  }
  let precision = point.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
  let best = method == .forward ? precision.squareRoot() : cbrt(precision)
  let h = step ?? best
  let numbers = point.doubles()
  func value(_ element: Int, _ delta: Double) -> Double {
    var moved = numbers
    if delta != 0 { moved[element] += delta }
    let y = function(Tensor(moved, shape: point.shape).cast(to: point.dtype))
    guard y.count == 1 else {
      trap(TensorError("numericalGradient: of a scalar, not of shape \(y.shape)"))
    }
    return y.item()
  }
  let start = method == .forward && !numbers.isEmpty ? value(0, 0) : 0
  let slopes = numbers.indices.map { element in
    switch method {
    case .forward: (value(element, h) - start) / h
    case .central: (value(element, h) - value(element, -h)) / (2 * h)
    }
  }
  return Tensor(slopes, shape: point.shape).cast(to: point.dtype)
}
