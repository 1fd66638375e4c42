/// A linear rise to the first rate of another schedule, which then follows: step t of the rise has
/// (t + 1) / steps of that rate, so that no step is lost at 0 (Goyal et al. 2017, §2.2).
public struct WarmUp<Following: Schedule>: Schedule {
  /// How many steps the rise takes.
  public var steps: Int
  /// What follows; its step 0 is the first after the rise.
  public var following: Following

  /// A rise of `steps` steps before `following`.
  public init(steps: Int, before following: Following) {
    self.steps = steps
    self.following = following
  }

  /// The rate of the rise, or what follows.
  public func callAsFunction(at step: Int) -> Double {
    if step >= steps { return following(at: step - steps) }
    return following(at: 0) * Double(step + 1) / Double(steps)
  }
}

extension Schedule {
  /// This schedule after a linear rise to its first rate.
  public func warmedUp(over steps: Int) -> WarmUp<Self> { WarmUp(steps: steps, before: self) }
}
