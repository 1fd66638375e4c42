import HebbCore

/// In training, sets each element to 0 with probability p and scales the others by 1 / (1 − p); in
/// use, the identity.
///
/// Which elements go is a function of the layer's seed and of how many masks it has drawn. That
/// number is a buffer and saved with the model, so that a resumed run continues bit for bit; it may be
/// missing in checkpoints of other frameworks.
///
/// - SeeAlso: Srivastava et al. 2014, scaled in training ("inverted") as in PyTorch.
public final class Dropout: Layer, ModeDependent {
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
    guard (0...1).contains(probability) else {
      stop("Dropout: the probability lies in 0...1, \(probability) does not")
    }
    self.probability = probability
    masks = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x with elements dropped in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard isTraining, probability > 0 else { return x }
    let draw = drawCount.integers()[0]
    drawCount = Tensor(draw &+ 1)
    let numbers = Tensor.uniform(x.shape, using: masks.mixing(UInt64(bitPattern: Int64(draw))))
    let scale = probability < 1 ? 1 / (1 - probability) : 0
    return select(numbers .>= probability, x * scale, x.filled(with: 0))
  }
}
