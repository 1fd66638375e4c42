/// A rate that is multiplied by a factor at some steps: rate · factorⁿ after n of them, as PyTorch's
/// `StepLR` and `MultiStepLR`.
public struct StepDecay: Schedule, Hashable {
  /// The rate before the first of them.
  public var rate: Double
  /// What it is multiplied by.
  public var factor: Double
  /// Where: from these steps on, ascending; nil for a regular interval.
  public var milestones: [Int]?
  /// The interval where there are no milestones.
  public var interval: Int

  /// A rate that falls every `interval` steps.
  public init(rate: Double, every interval: Int, factor: Double = 0.1) {
    self.rate = rate
    self.factor = factor
    self.interval = max(interval, 1)
  }

  /// A rate that falls at each of `milestones`.
  public init(rate: Double, at milestones: [Int], factor: Double = 0.1) {
    self.rate = rate
    self.factor = factor
    self.milestones = milestones
    interval = 1
  }

  /// rate · factorⁿ.
  public func callAsFunction(at step: Int) -> Double {
    let n = milestones.map { $0.count { $0 <= step } } ?? step / interval
    return rate * power(factor, n)
  }
}
