/// Schedules one after another, each counted from its own start, as PyTorch's `SequentialLR`.
///
/// ```swift
/// let schedule = Joined(
///   LinearRamp(from: 0.01, to: 0.1, steps: 500), for: 500, then: Cosine(rate: 0.1, steps: 9_500))
/// ```
public struct Joined<First: Schedule, Following: Schedule>: Schedule {
  /// What comes first.
  public var first: First
  /// For how many steps.
  public var steps: Int
  /// What follows; its step 0 is the first after those.
  public var following: Following

  /// `first` for `steps` steps, then `following`.
  public init(_ first: First, for steps: Int, then following: Following) {
    self.first = first
    self.steps = steps
    self.following = following
  }

  /// The rate of the schedule whose turn it is.
  public func callAsFunction(at step: Int) -> Double {
    step < steps ? first(at: step) : following(at: step - steps)
  }
}

/// A rate for each step by a function of one's own, as PyTorch's `LambdaLR`.
public struct RateFunction: Schedule {
  private let function: @Sendable (_ step: Int) -> Double

  /// The rate of step t is `function(t)`.
  public init(_ function: @escaping @Sendable (_ step: Int) -> Double) { self.function = function }

  /// The function's value.
  public func callAsFunction(at step: Int) -> Double { function(step) }
}
