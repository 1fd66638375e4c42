import HebbOptim

/// How a recipe's learning rate changes from pass to pass: the schedules of "Dive into Deep
/// Learning" §12.11, and that of residual networks.
///
/// The book sets the rate after each pass, for the next one: the first pass has the optimizer's own
/// rate, pass n has what the schedule says for n - 1. So do these, or the published numbers would be
/// those of other runs.
public enum RateSchedule: String, Sendable, Hashable, CaseIterable {
  /// The rate stays.
  case constant
  /// .1 / √(n + 1).
  case squareRoot = "square-root"
  /// Half of the rate from pass 15 on, a quarter from pass 30 on.
  case multiFactor = "multi-factor"
  /// Half a cosine from the rate down to .01 in 20 passes.
  case cosine
  /// A linear rise from 0 over 5 passes, then half a cosine down to .01 until pass 20.
  case cosineWithWarmUp = "cosine-warm-up"
  /// A tenth of the rate from half of the passes on, a hundredth from three quarters on, as He et al.
  /// 2016, §4.2, have it: after 32,000 and 48,000 of 64,000 steps.
  case tenths
  /// A linear rise over the first twentieth of the steps, then half a cosine down to a tenth of the rate
  /// at the last step, as nanoGPT has it.
  case cosineToTenth = "cosine-to-tenth"

  /// Those of the book.
  public static let ofTheBook: [RateSchedule] = [
    .constant, .squareRoot, .multiFactor, .cosine, .cosineWithWarmUp,
  ]

  /// All names with `none`, for messages.
  static let names = (["none"] + allCases.map(\.rawValue)).joined(separator: ", ")

  /// The rate of a pass, counted from 0, where the optimizer's is `rate`.
  ///
  /// - Parameters:
  ///   - rate: The optimizer's rate.
  ///   - pass: The number of the pass.
  ///   - passes: How many there are, for the schedules that are cut in parts.
  /// - Returns: The rate of the pass.
  public func rate(_ rate: Double, pass: Int, of passes: Int = 30) -> Double {
    let n = pass - 1
    switch self {
    case .constant: return rate
    case .cosineToTenth: return Cosine(rate: rate, steps: passes, final: rate / 10)(at: pass)
    case .tenths: return StepDecay(rate: rate, at: [passes / 2, passes * 3 / 4])(at: pass)
    // PyTorch's own schedule, which the book uses here, counts the first pass.
    case .multiFactor: return StepDecay(rate: rate, at: [15, 30], factor: 0.5)(at: pass)
    case .squareRoot, .cosine, .cosineWithWarmUp: if n < 0 { return rate }
    }
    switch self {
    case .squareRoot: return 0.1 / Double(n + 1).squareRoot()
    case .cosineWithWarmUp where n < 5: return rate * Double(n) / 5
    case .cosineWithWarmUp: return Cosine(rate: rate, steps: 15, final: 0.01)(at: n - 5)
    default: return Cosine(rate: rate, steps: 20, final: 0.01)(at: n)
    }
  }

  /// The rate of each step.
  package func schedule(rate: Double, stepsPerEpoch: Int, epochs: Int) -> any Schedule {
    guard self == .cosineToTenth else {
      return PassSchedule(kind: self, rate: rate, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
    }
    let steps = stepsPerEpoch * epochs
    let rise = max(steps / 20, 1)
    return Cosine(rate: rate, steps: steps - rise, final: rate / 10).warmedUp(over: rise)
  }
}

/// The rate of the pass that a step belongs to.
private struct PassSchedule: Schedule {
  let kind: RateSchedule
  let rate: Double
  let stepsPerEpoch: Int
  let epochs: Int

  func callAsFunction(at step: Int) -> Double {
    kind.rate(rate, pass: step / max(stepsPerEpoch, 1), of: epochs)
  }
}
