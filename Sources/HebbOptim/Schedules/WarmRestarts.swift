import Glibc

/// Half cosines one after another, each from the rate down to the final rate and `growth` times as
/// long as the one before, as PyTorch's `CosineAnnealingWarmRestarts`.
///
/// - SeeAlso: Loshchilov & Hutter 2017, equation 5.
public struct WarmRestarts: Schedule, Hashable {
  /// The rate at the start of each fall.
  public var rate: Double
  /// The steps of the first fall.
  public var period: Int
  /// The steps of a fall over those of the one before.
  public var growth: Int
  /// The rate that each fall comes near to.
  public var final: Double

  /// Falls from `rate` to `final`, the first of `period` steps.
  public init(rate: Double, period: Int, growth: Int = 1, final: Double = 0) {
    self.rate = rate
    self.period = max(period, 1)
    self.growth = max(growth, 1)
    self.final = final
  }

  /// final + (rate − final) (1 + cos(π t / T)) / 2, with t and T of the present fall.
  public func callAsFunction(at step: Int) -> Double {
    var (t, length) = (max(step, 0), period)
    if growth == 1 { t %= length }
    while t >= length {
      t -= length
      length = length.multipliedReportingOverflow(by: growth).partialValue
      if length <= 0 { return final }
    }
    return final + (rate - final) * (1 + cos(Double.pi * Double(t) / Double(length))) / 2
  }
}
