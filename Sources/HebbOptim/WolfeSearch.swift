/// The search for a step length t that fulfills the strong Wolfe conditions
///
///     f(t) ≤ f(0) + 10⁻⁴ t f′(0)  and  |f′(t)| ≤ 0.9 |f′(0)|
///
/// first outward until an interval must contain one, then inward by cubic interpolation (Nocedal &
/// Wright 2006, Algorithms 3.5 and 3.6), with the safeguards of Schmidt's `minFunc`, which PyTorch's
/// `strong_wolfe` follows.
struct WolfeSearch {
  /// A step length with what was found there.
  private struct Trial {
    var t: Double
    var point: LinePoint
    /// f′(t).
    var descent: Double
    var f: Double { point.value }
  }

  private let tolerance: Double
  private let direction: [Double]
  private let evaluate: (Double) -> LinePoint
  private(set) var evaluations = 0

  private static let (sufficient, flatness, limit) = (1e-4, 0.9, 25)

  init(tolerance: Double, direction: [Double], evaluate: @escaping (Double) -> LinePoint) {
    self.tolerance = tolerance
    self.direction = direction
    self.evaluate = evaluate
  }

  private mutating func trial(_ t: Double) -> Trial {
    evaluations += 1
    let point = evaluate(t)
    return Trial(t: t, point: point, descent: point.slope.dot(direction))
  }

  /// The point that was found and its step length.
  mutating func run(from start: LinePoint, length: Double) -> (LinePoint, Double) {
    let origin = Trial(t: 0, point: start, descent: start.slope.dot(direction))
    var (rounds, isDone) = (0, false)
    var (previous, current) = (origin, trial(length))
    var bracket = [origin, current]
    while rounds < Self.limit {
      bracket = [previous, current]
      if isTooHigh(current, origin) || (rounds > 1 && current.f >= previous.f) { break }
      if abs(current.descent) <= -Self.flatness * origin.descent {
        (bracket, isDone) = ([current, current], true)
        break
      }
      if current.descent >= 0 { break }
      let least = current.t + 0.01 * (current.t - previous.t)
      let next = Self.cubic(previous, current, within: least...max(least, current.t * 10))
      (previous, current) = (current, trial(next))
      rounds += 1
      if rounds == Self.limit { bracket = [origin, current] }
    }
    if !isDone { narrow(&bracket, origin, rounds) }
    let best = bracket[0].f <= bracket[1].f ? bracket[0] : bracket[1]
    return (best.point, best.t)
  }

  private func isTooHigh(_ trial: Trial, _ origin: Trial) -> Bool {
    trial.f > origin.f + Self.sufficient * trial.t * origin.descent
  }

  /// Shrinks the interval until its better end fulfills the conditions.
  private mutating func narrow(_ bracket: inout [Trial], _ origin: Trial, _ done: Int) {
    let width = direction.largest
    var isSlow = false
    for _ in done..<max(Self.limit, done) {
      if abs(bracket[1].t - bracket[0].t) * width < tolerance { return }
      let (low, high) = bracket[0].f <= bracket[1].f ? (0, 1) : (1, 0)
      let ends = min(bracket[0].t, bracket[1].t)...max(bracket[0].t, bracket[1].t)
      var t = Self.cubic(bracket[0], bracket[1], within: ends)
      // Twice near the same end: step off it.
      let edge = 0.1 * (ends.upperBound - ends.lowerBound)
      if min(ends.upperBound - t, t - ends.lowerBound) < edge {
        if isSlow || t >= ends.upperBound || t <= ends.lowerBound {
          let isUpper = abs(t - ends.upperBound) < abs(t - ends.lowerBound)
          t = isUpper ? ends.upperBound - edge : ends.lowerBound + edge
          isSlow = false
        } else {
          isSlow = true
        }
      } else {
        isSlow = false
      }
      let new = trial(t)
      if isTooHigh(new, origin) || new.f >= bracket[low].f {
        bracket[high] = new
        continue
      }
      let isFlat = abs(new.descent) <= -Self.flatness * origin.descent
      if !isFlat, new.descent * (bracket[high].t - bracket[low].t) >= 0 {
        bracket[high] = bracket[low]
      }
      bracket[low] = new
      if isFlat { return }
    }
  }

  /// The minimum of the cubic through both trials with their slopes, within limits; their middle
  /// where it has none.
  private static func cubic(_ a: Trial, _ b: Trial, within limits: ClosedRange<Double>) -> Double {
    let slope = a.descent + b.descent - 3 * (a.f - b.f) / (a.t - b.t)
    let discriminant = slope * slope - a.descent * b.descent
    guard discriminant >= 0 else { return (limits.lowerBound + limits.upperBound) / 2 }
    let root = discriminant.squareRoot()
    let (left, right) = a.t <= b.t ? (a, b) : (b, a)
    let share = (right.descent + root - slope) / (right.descent - left.descent + 2 * root)
    let t = right.t - (right.t - left.t) * share
    return min(max(t, limits.lowerBound), limits.upperBound)
  }
}
