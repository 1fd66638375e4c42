import HebbCore

/// min(max(x, 0), 6), element by element (Krizhevsky 2010).
public final class ReLU6: Layer {
  /// A layer without parameters.
  public init() {}

  /// min(max(x, 0), 6).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { relu6(x) } }
}

/// min(max(x, 0), limit), element by element (Krizhevsky 2010).
public final class ReLUN: Layer {
  /// The largest output.
  public let limit: Double

  /// A layer without parameters.
  public init(limit: Double) { self.limit = limit }

  /// min(max(x, 0), limit).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { reluN(x, limit: limit) } }
}

/// x where x > 0, else slope · x with learned slopes: one, or one for each channel (axis 1).
///
/// - SeeAlso: He et al. 2015, equation 1.
public final class PReLU: Layer {
  /// The slopes left of 0, `[count]`.
  @Parameter public var weight: Tensor

  /// A layer with equal slopes.
  ///
  /// - Parameters:
  ///   - count: 1, or the number of channels.
  ///   - slope: Where the slopes start.
  public init(count: Int = 1, slope: Double = 0.25) {
    weight = .full([count], slope)
  }

  /// max(x, 0) + slope · min(x, 0).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { prelu(x, slope: weight) } }
}

/// x where x > 0, else a random slope · x in training, and the mean slope · x in use.
///
/// The slopes are equally likely in a range, one for each element and call. They are a function of the
/// layer's seed and of how often it was called; that number is saved with the model, as in `Dropout`.
///
/// - SeeAlso: Xu et al. 2015, "Empirical Evaluation of Rectified Activations"; defaults are PyTorch's.
public final class RReLU: Layer, ModeDependent {
  /// Where the slopes lie.
  public let slopes: Range<Double>
  /// Whether slopes are random.
  public var isTraining = true
  /// How many times slopes have been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor

  private let generator: PhiloxGenerator

  /// A layer with random numbers of its own.
  ///
  /// - Parameters:
  ///   - slopes: Where the slopes lie.
  ///   - generator: Where the layer's seed comes from; advanced by one number.
  public init(slopes: Range<Double> = 1.0 / 8..<1.0 / 3, using generator: inout PhiloxGenerator) {
    self.slopes = slopes
    self.generator = PhiloxGenerator(seed: generator.next())
    drawCount = Tensor(0)
  }

  /// x where x > 0, else slope · x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let mean = (slopes.lowerBound + slopes.upperBound) / 2
      guard isTraining else { return leakyReLU(x, slope: mean) }
      let draw = drawCount.integers()[0]
      drawCount = Tensor(draw &+ 1)
      let random = generator.mixing(UInt64(bitPattern: Int64(draw)))
      let slope = Tensor.uniform(x.shape, in: slopes, dtype: x.dtype, using: random)
      return select(x .> 0, x, slope * x)
    }
  }
}

/// x where x > 0, else α (e^(x/α) − 1), element by element (Barron 2017).
public final class CELU: Layer {
  /// α, the limit at −∞, negated.
  public let alpha: Double

  /// A layer without parameters.
  public init(alpha: Double = 1) { self.alpha = alpha }

  /// x where x > 0, else α (e^(x/α) − 1).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { celu(x, alpha: alpha) } }
}

/// λ x where x > 0, else λ α (eˣ − 1), element by element (Klambauer et al. 2017).
public final class SELU: Layer {
  /// A layer without parameters.
  public init() {}

  /// λ x where x > 0, else λ α (eˣ − 1).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { selu(x) } }
}

/// x where x > `limit`, else `value`, element by element.
public final class Threshold: Layer {
  /// The largest x that is replaced.
  public let limit: Double
  /// What replaces it.
  public let value: Double

  /// A layer without parameters.
  public init(_ limit: Double, value: Double) {
    self.limit = limit
    self.value = value
  }

  /// x where x > `limit`, else `value`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { threshold(x, limit, value: value) }
  }
}

/// 1 where x > 0, else 0, element by element: the unit of the perceptron (Rosenblatt 1958).
///
/// Its slope is 0, so that gradients do not train what stands before it.
public final class Step: Layer {
  /// A layer without parameters.
  public init() {}

  /// 1 where x > 0, else 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { step(x) } }
}
