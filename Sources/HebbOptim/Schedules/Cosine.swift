import Glibc

/// Half a cosine from the rate down to the final rate: final + (rate − final) (1 + cos(π t / steps)) / 2,
/// and the final rate from then on (PyTorch's `CosineAnnealingLR` would rise again).
///
/// - SeeAlso: Loshchilov & Hutter 2017, equation 5, without restarts.
public struct Cosine: Schedule, Hashable {
  /// The rate of step 0.
  public var rate: Double
  /// How many steps the fall takes.
  public var steps: Int
  /// The rate after the fall.
  public var final: Double

  /// A fall from `rate` to `final` in `steps` steps.
  public init(rate: Double, steps: Int, final: Double = 0) {
    self.rate = rate
    self.steps = steps
    self.final = final
  }

  /// final + (rate − final) (1 + cos(π t / steps)) / 2.
  public func callAsFunction(at step: Int) -> Double {
    let progress = steps > 0 ? min(max(Double(step) / Double(steps), 0), 1) : 1
    return final + (rate - final) * (1 + cos(Double.pi * progress)) / 2
  }
}
