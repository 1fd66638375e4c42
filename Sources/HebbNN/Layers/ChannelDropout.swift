import HebbCore

/// In training, sets each channel of each example to 0 as a whole with probability p and scales the
/// others by 1 / (1 − p); in use, the identity. PyTorch's `nn.Dropout1d`, `Dropout2d`, `Dropout3d`.
///
/// Masks come from seed and count of draws as in `Dropout`.
///
/// Shapes: `[batch, channels, ...]` → the same.
///
/// - SeeAlso: Tompson et al. 2015, §3.2: neighbors within a map say the same.
public final class ChannelDropout: Layer, ModeDependent {
  /// p.
  public let probability: Double
  /// Whether channels are dropped.
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
    checkProbability(probability, "ChannelDropout")
    self.probability = probability
    masks = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x with channels dropped in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard isTraining, probability > 0 else { return x }
      guard x.rank >= 2 else {
        stop("ChannelDropout: expects [batch, channels, ...], not \(x.shape)")
      }
      let shape = Shape(x.shape[0..<2] + Array(repeating: 1, count: x.rank - 2))
      let isKept = Tensor.keepMask(
        shape, dropping: probability, using: masks.nextDraw(counting: $drawCount))
      let scale = probability < 1 ? 1 / (1 - probability) : 0
      return select(isKept, x * scale, x.filled(with: 0))
    }
  }
}

/// Channel dropout of `[batch, channels, length]`.
public typealias Dropout1d = ChannelDropout
/// Channel dropout of `[batch, channels, height, width]`.
public typealias Dropout2d = ChannelDropout
/// Channel dropout of `[batch, channels, depth, height, width]`.
public typealias Dropout3d = ChannelDropout
