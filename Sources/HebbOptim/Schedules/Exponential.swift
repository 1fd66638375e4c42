/// A rate that shrinks by the same factor at each step, rate · factorˢᵗᵉᵖ, as PyTorch's
/// `ExponentialLR`; with a minimum, the factor scheduler of "Dive into Deep Learning" §12.11.
public struct Exponential: Schedule, Hashable {
  /// The rate of step 0.
  public var rate: Double
  /// What each step multiplies it by.
  public var factor: Double
  /// The least rate.
  public var minimum: Double

  /// A rate that shrinks by `factor` at each step, down to `minimum`.
  public init(rate: Double, factor: Double, minimum: Double = 0) {
    self.rate = rate
    self.factor = factor
    self.minimum = minimum
  }

  /// rate · factorˢᵗᵉᵖ, at least the minimum.
  public func callAsFunction(at step: Int) -> Double {
    max(minimum, rate * power(factor, step))
  }
}
