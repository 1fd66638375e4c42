import HebbCore

/// In training, sets each element to 0 with probability p and scales the others by 1 / (1 − p); in
/// use, the identity.
///
/// p is rounded to a multiple of 2⁻¹⁶. Which elements go is a function of the layer's seed and of how many masks it has drawn. That
/// number is a buffer and saved with the model, so that a resumed run continues bit for bit; it may be
/// missing in checkpoints of other frameworks.
///
/// - SeeAlso: Srivastava et al. 2014; scaled in training ("inverted") as in PyTorch, or in use as in
///   the paper and in Saito's book (by 1 − p, the probability to keep).
public final class Dropout: Layer, ModeDependent {
  /// Where the missing elements are made up for.
  public enum Scaling: Sendable, Hashable {
    /// Kept elements are divided by 1 − p in training.
    case inTraining
    /// All elements are multiplied by 1 − p in use.
    case inUse
  }

  /// p.
  public let probability: Double
  /// Where the missing elements are made up for.
  public let scaling: Scaling
  /// Whether elements are dropped.
  public var isTraining = true
  /// How many masks have been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor
  private let masks: PhiloxGenerator

  /// A layer with random numbers of its own.
  ///
  /// - Parameters:
  ///   - probability: p, in 0...1.
  ///   - scaling: Where the missing elements are made up for.
  ///   - generator: Where the layer's seed comes from; advanced by one number.
  public init(
    _ probability: Double = 0.5, scaling: Scaling = .inTraining,
    using generator: inout PhiloxGenerator
  ) {
    checkProbability(probability, "Dropout")
    self.probability = probability
    self.scaling = scaling
    masks = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x with elements dropped in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard probability > 0 else { return x }
      guard isTraining else { return scaling == .inUse ? x * (1 - probability) : x }
      let isKept = Tensor.keepMask(x.shape, dropping: probability, using: nextMask())
      let scale = scaling == .inUse ? 1 : probability < 1 ? 1 / (1 - probability) : 0
      return select(isKept, x * scale, x.filled(with: 0))
    }
  }

  /// The random numbers of the next mask, for who drops elements on this layer's behalf.
  func nextMask() -> PhiloxGenerator { masks.nextDraw(counting: $drawCount) }

  /// p and the random numbers of the next mask in training; nil where nothing is dropped.
  package func forAttention() -> (probability: Double, generator: PhiloxGenerator)? {
    isTraining && probability > 0 ? (probability, nextMask()) : nil
  }
}

func checkProbability(_ probability: Double, _ layer: String) {
  guard (0...1).contains(probability) else {
    stop("\(layer): the probability lies in 0...1, \(probability) does not")
  }
}

extension PhiloxGenerator {
  /// The generator of the next draw of a layer that counts its draws in a buffer.
  func nextDraw(counting box: BufferBox) -> PhiloxGenerator {
    let draw = box.tensor?.integers()[0] ?? 0
    box.tensor = Tensor(draw &+ 1)
    return mixing(UInt64(bitPattern: Int64(draw)))
  }
}
