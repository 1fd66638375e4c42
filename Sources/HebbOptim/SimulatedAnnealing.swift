import Glibc
import HebbCore

/// Simulated annealing: a random walk that takes each change which lowers the energy, and one which
/// raises it by d with probability e^(−d / T), while the temperature T falls.
///
/// ```swift
/// let annealing = SimulatedAnnealing(steps: 5_000, temperature: Polynomial(rate: 3, steps: 5_000))
/// let (spins, energy) = annealing.minimize(
///   from: start, energy: energy, using: &random) { spins, random in flipped(spins, &random) }
/// ```
/// - SeeAlso: Kirkpatrick, Gelatt & Vecchi 1983.
public struct SimulatedAnnealing: Sendable {
  /// How many changes are tried.
  public var steps: Int
  /// T for each step; 0 takes no change that raises the energy.
  public var temperature: any Schedule

  /// A walk of `steps` tries.
  public init(steps: Int, temperature: any Schedule) {
    self.steps = steps
    self.temperature = temperature
  }

  /// The best state of the walk.
  ///
  /// - Parameters:
  ///   - start: Where it begins.
  ///   - energy: What is minimized.
  ///   - random: What changes and decisions are drawn from.
  ///   - change: A state near another one.
  /// - Returns: The state with the smallest energy that was met, and the energy.
  public func minimize<State>(
    from start: State, energy: (State) -> Double, using random: inout PhiloxGenerator,
    changing change: (State, inout PhiloxGenerator) -> State
  ) -> (state: State, energy: Double) {
    var (state, now) = (start, energy(start))
    var best = (state: state, energy: now)
    for step in 0..<steps {
      let candidate = change(state, &random)
      let next = energy(candidate)
      let t = temperature(at: step)
      let chance = next <= now ? 1 : (t > 0 ? exp((now - next) / t) : 0)
      guard chance >= 1 || random.nextUniform() < chance else { continue }
      (state, now) = (candidate, next)
      if now < best.energy { best = (state, now) }
    }
    return best
  }
}
