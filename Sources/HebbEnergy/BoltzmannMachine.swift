import Glibc
import HebbCore

/// A Boltzmann machine of n units in {0, 1}: states are as likely as their energy says,
///
///     E(s) = −½ Σᵢⱼ wᵢⱼ sᵢ sⱼ − Σᵢ bᵢ sᵢ,  p(s) = exp(−E(s) / T) / Z,  Z = Σ_s exp(−E(s) / T)
///
/// A unit given all others is 1 with probability σ(uᵢ / T), uᵢ = Σⱼ wᵢⱼ sⱼ + bᵢ.
///
/// - SeeAlso: Ackley, Hinton, Sejnowski 1985, equations 1 to 5.
public struct BoltzmannMachine: Sendable {
  /// w, `[n, n]`, symmetric with zeros on the diagonal.
  public let weights: Tensor
  /// b, `[n]`.
  public let biases: Tensor
  /// T.
  public var temperature: Double

  private let w: [Double]
  private let b: [Double]

  /// The number of units.
  public var count: Int { b.count }

  /// A machine of these weights.
  public init(weights: Tensor, biases: Tensor, temperature: Double = 1) {
    let n = biases.count
    precondition(
      weights.shape == [n, n] && temperature > 0,
      "BoltzmannMachine: weights are [n, n] for n biases, the temperature is above 0")
    self.weights = weights
    self.biases = biases
    self.temperature = temperature
    (w, b) = (weights.doubles(), biases.doubles())
  }

  /// E of a state.
  public func energy(_ state: [Double]) -> Double {
    var sum = 0.0
    for i in 0..<count where state[i] != 0 {
      var pairs = 0.0
      for j in 0..<count { pairs += w[i * count + j] * state[j] }
      sum -= state[i] * (pairs / 2 + b[i])
    }
    return sum
  }

  /// All 2ⁿ states with unit 0 in the lowest bit, for small n.
  public func states() -> [[Double]] {
    precondition(count <= 20, "BoltzmannMachine: 2ⁿ states are for 20 units or fewer")
    return (0..<1 << count).map { code in (0..<count).map { Double(code >> $0 & 1) } }
  }

  /// log Z, by summing over all states.
  public func logPartition() -> Double {
    let exponents = states().map { -energy($0) / temperature }
    let top = exponents.max() ?? 0
    return top + log(exponents.reduce(0) { $0 + exp($1 - top) })
  }

  /// The probability of each state, in the order of `states()`.
  public func probabilities() -> [Double] {
    let partition = logPartition()
    return states().map { exp(-energy($0) / temperature - partition) }
  }

  /// Σ log p(s) of observed states.
  public func logLikelihood(of observed: [[Double]]) -> Double {
    let partition = logPartition()
    return observed.reduce(0) { $0 - energy($1) / temperature - partition }
  }

  /// Draws each unit once, given all others, in order (Gibbs sampling).
  public func sweep(_ state: inout [Double], using generator: inout PhiloxGenerator) {
    for i in 0..<count {
      var field = b[i]
      for j in 0..<count { field += w[i * count + j] * state[j] }
      let probability = 1 / (1 + exp(-field / temperature))
      state[i] = generator.nextUniform() < probability ? 1 : 0
    }
  }
}
