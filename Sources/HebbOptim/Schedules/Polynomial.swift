/// A fall by a power of what is left of the way: final + (rate − final) (1 − t / steps)ᵖ, and the final
/// rate from then on, as PyTorch's `PolynomialLR`.
public struct Polynomial: Schedule, Hashable {
  /// The rate of step 0.
  public var rate: Double
  /// How many steps the fall takes.
  public var steps: Int
  /// p; 1 is a line.
  public var exponent: Double
  /// The rate after the fall.
  public var final: Double

  /// A fall from `rate` to `final` in `steps` steps.
  public init(rate: Double, steps: Int, exponent: Double = 1, final: Double = 0) {
    self.rate = rate
    self.steps = steps
    self.exponent = exponent
    self.final = final
  }

  /// final + (rate − final) (1 − t / steps)ᵖ.
  public func callAsFunction(at step: Int) -> Double {
    if step >= steps || steps <= 0 { return final }
    let left = 1 - Double(max(step, 0)) / Double(steps)
    return final + (rate - final) * power(left, exponent)
  }
}
