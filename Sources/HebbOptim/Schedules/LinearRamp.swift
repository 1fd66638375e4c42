/// A line from one rate to another, which stays: as PyTorch's `LinearLR`, with rates in place of
/// factors.
public struct LinearRamp: Schedule, Hashable {
  /// The rate of step 0.
  public var start: Double
  /// The rate from step `steps` on.
  public var end: Double
  /// How many steps the ramp takes.
  public var steps: Int

  /// A line from `start` to `end` in `steps` steps.
  public init(from start: Double, to end: Double, steps: Int) {
    self.start = start
    self.end = end
    self.steps = steps
  }

  /// start + (end − start) t / steps.
  public func callAsFunction(at step: Int) -> Double {
    if step >= steps || steps <= 0 { return end }
    return start + (end - start) * Double(max(step, 0)) / Double(steps)
  }
}
