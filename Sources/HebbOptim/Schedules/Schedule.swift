/// A learning rate for each step: a value, read before the step.
///
/// ```swift
/// let schedule = Cosine(rate: 0.05, steps: 9_800).warmedUp(over: 200)
/// optimizer.step(along: gradients, rate: schedule(at: step))
/// ```
public protocol Schedule: Sendable {
  /// The rate for a step, counted from 0.
  func callAsFunction(at step: Int) -> Double
}

/// One rate for all steps.
public struct Constant: Schedule, Hashable {
  /// The rate.
  public var rate: Double

  /// One rate for all steps.
  public init(rate: Double) { self.rate = rate }

  /// The rate.
  public func callAsFunction(at step: Int) -> Double { rate }
}
