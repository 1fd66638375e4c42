import HebbCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Data of a linear model with noise, y = X w + b + ε, where the elements of X are drawn from the
/// normal distribution N(0, 1) and ε from N(0, noise²).
///
/// Batches have inputs `float32[batch, weights]` and targets `float32[batch, 1]`.
///
/// - SeeAlso: Zhang et al., "Dive into Deep Learning", section 3.3, whose values are the defaults.
public struct SyntheticLinear: Sendable {
  /// The true weights w.
  public let weights: [Double]
  /// The true bias b.
  public let bias: Double
  /// The standard deviation of the noise.
  public let noise: Double
  /// The examples.
  public let training: ArrayDataset

  /// Draws examples.
  ///
  /// - Parameters:
  ///   - count: The number of examples.
  ///   - weights: The true weights w.
  ///   - bias: The true bias b.
  ///   - noise: The standard deviation of the noise, 0 or more.
  ///   - seed: What the random numbers are made from.
  public init(
    count: Int = 1000, weights: [Double] = [2, -3.4], bias: Double = 4.2, noise: Double = 0.01,
    seed: UInt64 = 0
  ) {
    precondition(count >= 0, "SyntheticLinear: the number of examples is 0 or more, not \(count)")
    self.weights = weights
    self.bias = bias
    self.noise = noise
    var generator = PhiloxGenerator(seed: seed).mixing("synthetic linear")
    var inputs: [Float] = []
    var targets: [Float] = []
    for _ in 0..<count {
      var target = bias
      for weight in weights {
        let input = Self.nextNormal(&generator)
        inputs.append(Float(input))
        target += weight * input
      }
      targets.append(Float(target + noise * Self.nextNormal(&generator)))
    }
    training = ArrayDataset(
      inputs: Tensor(inputs, shape: [count, weights.count]),
      targets: Tensor(targets, shape: [count, 1]))
  }

  /// A number from N(0, 1) by the method of Box and Muller 1958.
  private static func nextNormal(_ generator: inout PhiloxGenerator) -> Double {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    let radius = sqrt(-2 * log(1 - generator.nextUniform()))
    return radius * cos(2 * .pi * generator.nextUniform())
  }
}
