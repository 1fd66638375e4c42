import HebbCore

/// In training, adds normal numbers of standard deviation σ to each element; in use, the identity.
///
/// The noise comes from seed and count of draws as in `Dropout`. On inputs it acts like an L2 penalty
/// for small σ (Bishop 1995); on hidden units it is a smoother relative of dropout.
public final class GaussianNoise: Layer, ModeDependent {
  /// σ.
  public let deviation: Double
  /// Whether noise is added.
  public var isTraining = true
  /// How many times noise has been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor
  private let noise: PhiloxGenerator

  /// A layer with random numbers of its own.
  ///
  /// - Parameters:
  ///   - deviation: σ, 0 or more.
  ///   - generator: Where the layer's seed comes from; advanced by one number.
  public init(_ deviation: Double, using generator: inout PhiloxGenerator) {
    guard deviation >= 0 else {
      stop("GaussianNoise: the standard deviation is 0 or more, not \(deviation)")
    }
    self.deviation = deviation
    noise = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x with noise in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard isTraining, deviation > 0 else { return x }
      let numbers = Tensor.normal(
        x.shape, dtype: x.dtype, using: noise.nextDraw(counting: $drawCount))
      return x + deviation * numbers
    }
  }
}

/// In training, multiplies each element by a normal number of mean 1 and variance p / (1 − p), that of
/// dropout's factors; in use, the identity.
///
/// The noise comes from seed and count of draws as in `Dropout`.
///
/// - SeeAlso: Srivastava et al. 2014, §10.
public final class GaussianDropout: Layer, ModeDependent {
  /// p.
  public let probability: Double
  /// Whether there is noise.
  public var isTraining = true
  /// How many times noise has been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor
  private let noise: PhiloxGenerator

  /// A layer with random numbers of its own.
  ///
  /// - Parameters:
  ///   - probability: p, in 0..<1.
  ///   - generator: Where the layer's seed comes from; advanced by one number.
  public init(_ probability: Double = 0.5, using generator: inout PhiloxGenerator) {
    guard (0..<1).contains(probability) else {
      stop("GaussianDropout: the probability lies in 0..<1, \(probability) does not")
    }
    self.probability = probability
    noise = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x times noise in training, else x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard isTraining, probability > 0 else { return x }
      let deviation = (probability / (1 - probability)).squareRoot()
      let numbers = Tensor.normal(
        x.shape, dtype: x.dtype, using: noise.nextDraw(counting: $drawCount))
      return x * (1 + deviation * numbers)
    }
  }
}
