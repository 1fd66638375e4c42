import Glibc

/// One rise and one fall along half cosines, as PyTorch's `OneCycleLR`: from maximum / 25 up to the
/// maximum in the first 30 % of the steps, then down to maximum / 250,000.
///
/// - SeeAlso: Smith & Topin 2019; two phases and cosines instead of lines.
public struct OneCycle: Schedule, Hashable {
  /// The highest rate.
  public var maximum: Double
  /// The number of all steps.
  public var steps: Int
  /// The part of the steps in which the rate rises.
  public var rise: Double
  /// The maximum over the first rate.
  public var initialDivisor: Double
  /// The first rate over the last.
  public var finalDivisor: Double

  /// A cycle with PyTorch's defaults.
  public init(
    maximum: Double, steps: Int, rise: Double = 0.3, initialDivisor: Double = 25,
    finalDivisor: Double = 1e4
  ) {
    self.maximum = maximum
    self.steps = steps
    self.rise = rise
    self.initialDivisor = initialDivisor
    self.finalDivisor = finalDivisor
  }

  /// The rate on the rise or on the fall; the last one from then on.
  public func callAsFunction(at step: Int) -> Double {
    let initial = maximum / initialDivisor
    return value(at: step, from: initial, over: maximum, to: initial / finalDivisor)
  }

  /// The momentum that belongs to the rate: down from `maximum` to `minimum` while the rate rises, and
  /// up again while it falls (PyTorch's `cycle_momentum`).
  ///
  /// ```swift
  /// optimizer.momentum = schedule.momentum(at: step)
  /// ```
  public func momentum(
    at step: Int, from maximum: Double = 0.95, downTo minimum: Double = 0.85
  ) -> Double {
    value(at: step, from: maximum, over: minimum, to: maximum)
  }

  private func value(
    at step: Int, from start: Double, over middle: Double, to final: Double
  ) -> Double {
    let (top, end) = (max(rise * Double(steps) - 1, 0), Double(max(steps - 1, 0)))
    let step = min(max(Double(step), 0), end)
    if step <= top {
      return Self.cosine(from: start, to: middle, top > 0 ? step / top : 1)
    }
    return Self.cosine(from: middle, to: final, (step - top) / (end - top))
  }

  private static func cosine(from start: Double, to end: Double, _ progress: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(Double.pi * progress))
  }
}
