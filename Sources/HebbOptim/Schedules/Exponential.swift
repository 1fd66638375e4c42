/// A rate that shrinks by the same factor at each step, rate · factorˢᵗᵉᵖ, as PyTorch's
/// `ExponentialLR`.
public struct Exponential: Schedule, Hashable {
  /// The rate of step 0.
  public var rate: Double
  /// What each step multiplies it by.
  public var factor: Double

  /// A rate that shrinks by `factor` at each step.
  public init(rate: Double, factor: Double) {
    self.rate = rate
    self.factor = factor
  }

  /// rate · factorˢᵗᵉᵖ.
  public func callAsFunction(at step: Int) -> Double { rate * power(factor, step) }
}
