import HebbCore

/// Dropout for SELU networks: in training, sets elements with probability p to SELU's lowest value
/// α' = −λα and maps all by a x + b so that mean 0 and variance 1 stay; in use, the identity.
/// PyTorch's `nn.AlphaDropout`.
///
/// Masks come from seed and count of draws as in `Dropout`.
///
/// - SeeAlso: Klambauer et al. 2017, §"New dropout technique".
public final class AlphaDropout: Layer, ModeDependent {
  /// p.
  public let probability: Double
  /// Whether elements are dropped.
  public var isTraining = true
  /// How many masks have been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor
  private let masks: PhiloxGenerator

  /// A layer with random numbers of its own.
  ///
  /// - Parameters:
  ///   - probability: p, in 0...1.
  ///   - generator: Where the layer's seed comes from; advanced by one number.
  public init(_ probability: Double = 0.5, using generator: inout PhiloxGenerator) {
    checkProbability(probability, "AlphaDropout")
    self.probability = probability
    masks = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x with elements at SELU's lowest value in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard isTraining, probability > 0 else { return x }
      guard probability < 1 else { return x.filled(with: 0) }
      let lowest = -1.758_099_340_847_376_6
      let isKept = Tensor.keepMask(
        x.shape, dropping: probability, using: masks.nextDraw(counting: $drawCount))
      let variance = (1 - probability) * (1 + probability * lowest * lowest)
      let a = 1 / variance.squareRoot()
      let b = -a * lowest * probability
      return select(isKept, x, x.filled(with: lowest)) * a + b
    }
  }
}
