/// A rate that falls with the root of the steps, rate · √(w / max(t, w)) at step t = 1, 2, …, after a
/// rise along a line in the first w steps; without a rise rate / √t, as in "Dive into Deep Learning"
/// §12.11.
public struct InverseSquareRoot: Schedule, Hashable {
  /// The highest rate, that of step w.
  public var rate: Double
  /// w.
  public var warmUp: Int

  /// A rise to `rate` in `warmUp` steps, then the fall.
  public init(rate: Double, warmUp: Int = 1) {
    self.rate = rate
    self.warmUp = max(warmUp, 1)
  }

  /// rate · min(t / w, √(w / t)) with t = step + 1.
  public func callAsFunction(at step: Int) -> Double {
    let (t, w) = (Double(max(step, 0) + 1), Double(warmUp))
    return t <= w ? rate * t / w : rate * (w / t).squareRoot()
  }
}

/// The schedule of the Transformer: factor · width^(−½) · min(t^(−½), t · w^(−3/2)) at step t = 1, 2, …
///
/// - SeeAlso: Vaswani et al. 2017, equation 3; there factor is 1 and w is 4000.
public struct Noam: Schedule, Hashable {
  /// The width of the model.
  public var width: Int
  /// w, how many steps the rise takes.
  public var warmUp: Int
  /// What everything is multiplied by.
  public var factor: Double

  /// The schedule for a model of this width.
  public init(width: Int, warmUp: Int = 4000, factor: Double = 1) {
    self.width = max(width, 1)
    self.warmUp = max(warmUp, 1)
    self.factor = factor
  }

  /// factor / √width · min(1 / √t, t / √w³) with t = step + 1.
  public func callAsFunction(at step: Int) -> Double {
    let (t, w) = (Double(max(step, 0) + 1), Double(warmUp))
    let part = min(1 / t.squareRoot(), t / (w * w.squareRoot()))
    return factor * part / Double(width).squareRoot()
  }
}
