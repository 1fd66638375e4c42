import HebbCore

/// A Hopfield network of n units in {−1, 1}: an associative memory whose states roll down the energy
///
///     E(s) = −½ Σᵢⱼ wᵢⱼ sᵢ sⱼ + Σᵢ θᵢ sᵢ,  wᵢⱼ = wⱼᵢ, wᵢᵢ = 0
///
/// Setting unit i to the sign of its local field hᵢ = Σⱼ wᵢⱼ sⱼ − θᵢ changes the energy by
/// ΔE = −Δsᵢ hᵢ ≤ 0, so one unit at a time the state comes to rest in a local minimum.
///
/// - SeeAlso: Hopfield 1982, equations 1, 7 and 8. The state is at rest when no unit changes, whatever
///   E is.
public struct HopfieldNetwork: Sendable {
  /// w, `[n, n]`, symmetric with zeros on the diagonal.
  public let weights: Tensor
  /// θ, `[n]`.
  public let thresholds: Tensor

  private let w: [Double]
  private let theta: [Double]

  /// The number of units.
  public var count: Int { theta.count }

  /// A network of these weights.
  ///
  /// - Parameters:
  ///   - weights: `[n, n]`, symmetric with zeros on the diagonal.
  ///   - thresholds: `[n]`; zeros without.
  public init(weights: Tensor, thresholds: Tensor? = nil) {
    let n = weights.shape.first ?? 0
    let values = weights.doubles()
    precondition(
      weights.shape == [n, n]
        && (0..<n).allSatisfy { i in
          values[i * n + i] == 0 && (0..<i).allSatisfy { values[i * n + $0] == values[$0 * n + i] }
        },
      "HopfieldNetwork: weights are a symmetric matrix with zeros on the diagonal")
    let limits = thresholds ?? .zeros([n], dtype: weights.dtype)
    precondition(limits.shape == [n], "HopfieldNetwork: there is one threshold for each unit")
    self.weights = weights
    self.thresholds = limits
    (w, theta) = (values, limits.doubles())
  }

  /// A memory of patterns by Hebb's rule, wᵢⱼ = 1/n Σ_p xᵢ xⱼ without the diagonal.
  ///
  /// - Parameter patterns: `[patterns, n]` of −1 and 1.
  public init(storing patterns: Tensor) {
    precondition(patterns.rank == 2, "HopfieldNetwork: patterns are [patterns, n]")
    let n = patterns.shape[1]
    let products = matmul(patterns.transposed(), patterns) / Double(n)
    let offDiagonal = Tensor.range(n).reshaped(to: [n, 1]) .!= Tensor.range(n)
    self.init(weights: products * offDiagonal.cast(to: patterns.dtype))
  }

  /// E of a state.
  public func energy(_ state: [Double]) -> Double {
    var sum = 0.0
    for i in 0..<count {
      var field = 0.0
      for j in 0..<count { field += w[i * count + j] * state[j] }
      sum += state[i] * (theta[i] - field / 2)
    }
    return sum
  }

  /// hᵢ, the local field of a unit.
  public func field(of unit: Int, in state: [Double]) -> Double {
    var sum = -theta[unit]
    for j in 0..<count { sum += w[unit * count + j] * state[j] }
    return sum
  }

  /// Sets a unit to the sign of its field; it stays where the field is 0.
  ///
  /// - Returns: ΔE, at most 0.
  @discardableResult
  public func update(_ unit: Int, in state: inout [Double]) -> Double {
    let field = field(of: unit, in: state)
    guard field != 0 else { return 0 }
    let old = state[unit]
    state[unit] = field > 0 ? 1 : -1
    return -(state[unit] - old) * field
  }

  /// The state of rest that a state rolls into: sweeps over all units in random order until none
  /// changes.
  ///
  /// - Parameters:
  ///   - state: Where it begins, −1 and 1, `[n]`.
  ///   - generator: Chooses the order.
  /// - Returns: The state of rest, `[n]`, in the type of the weights.
  public func recall(_ state: Tensor, using generator: inout PhiloxGenerator) -> Tensor {
    var units = state.doubles()
    precondition(units.count == count, "HopfieldNetwork: a state has \(count) units")
    var changes = true
    while changes {
      let before = units
      for unit in generator.permutation(count: count) { update(unit, in: &units) }
      changes = units != before
    }
    return Tensor(units, shape: [count]).cast(to: weights.dtype)
  }
}
