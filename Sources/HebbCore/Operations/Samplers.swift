/// Random tensors of other distributions than the uniform and the normal, made from those.
///
/// All are functions of the generator's seed and stream, whatever the number of threads. The
/// generator is not advanced: derive another one for each purpose and step with `mixing(_:)`.

extension Tensor {
  /// Normal numbers within `range`, by the inverse of the distribution function.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - mean: Of the normal distribution before it is cut.
  ///   - standardDeviation: Of the normal distribution before it is cut, above 0.
  ///   - range: Where the numbers lie; −2...2, absolute as in PyTorch, where nil.
  ///   - dtype: The element type.
  ///   - generator: Not advanced.
  /// - Returns: A tensor of the shape.
  public static func truncatedNormal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1,
    in range: ClosedRange<Double> = -2...2, dtype: DType = .float32,
    using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      standardDeviation > 0,
      "truncatedNormal: the standard deviation is above 0, not \(standardDeviation)")
    // erf of both ends; in double precision, so that tails keep their digits.
    let scale = standardDeviation * 2.0.squareRoot()
    let low = errorFunction((range.lowerBound - mean) / scale)
    let high = errorFunction((range.upperBound - mean) / scale)
    let numbers = Tensor.uniform(shape, dtype: .float64, using: generator)
    let normal = erfInverse(numbers * (high - low) + low) * scale + mean
    return clamp(normal, min: range.lowerBound, max: range.upperBound).cast(to: dtype)
  }

  /// 1 with a probability, else 0.
  public static func bernoulli(
    _ shape: Shape, probability: Double, dtype: DType = .float32, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      (0...1).contains(probability),
      "bernoulli: the probability lies in 0...1, \(probability) does not")
    return (Tensor.uniform(shape, using: generator) .< probability).cast(to: dtype)
  }

  /// 1 with the probability that this tensor holds at the place, else 0; its type.
  public func bernoulliSample(using generator: PhiloxGenerator) -> Tensor {
    let numbers = Tensor.uniform(shape, dtype: dtype.ofSamples, using: generator)
    return (numbers .< cast(to: dtype.ofSamples)).cast(to: dtype)
  }

  /// Exponentially distributed numbers with density rate · e^(−rate x), x ≥ 0.
  public static func exponential(
    _ shape: Shape, rate: Double = 1, dtype: DType = .float32, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(rate > 0, "exponential: the rate is above 0, not \(rate)")
    // A uniform number may be 0 but not 1; in 16 bits it would round up to 1.
    let numbers = Tensor.uniform(shape, dtype: dtype.ofSamples, using: generator)
    return (logOnePlus(-numbers) * (-1 / rate)).cast(to: dtype)
  }

  /// Gumbel numbers, location − scale · ln(e) with e exponentially distributed: the limit of maxima.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - location: The most likely number.
  ///   - scale: The width; the standard deviation is π / √6 times that.
  ///   - dtype: The element type.
  ///   - generator: Not advanced.
  /// - Returns: A tensor of the shape.
  public static func gumbel(
    _ shape: Shape, location: Double = 0, scale: Double = 1, dtype: DType = .float32,
    using generator: PhiloxGenerator
  ) -> Tensor {
    // 0 has the share of the grid of uniform numbers, and the logarithm has to be finite.
    let made = dtype.ofSamples
    let smallest = made == .float64 ? 0x1p-54 : 0x1p-25
    let numbers = maximum(Tensor.exponential(shape, dtype: made, using: generator), smallest)
    return (location - scale * log(numbers)).cast(to: dtype)
  }

  /// Numbers with density e^(−|x − location| / scale) / (2 scale), as differences of exponential ones.
  public static func laplace(
    _ shape: Shape, location: Double = 0, scale: Double = 1, dtype: DType = .float32,
    using generator: PhiloxGenerator
  ) -> Tensor {
    let made = dtype.ofSamples
    let right = Tensor.exponential(shape, dtype: made, using: generator.mixing("laplace right"))
    let left = Tensor.exponential(shape, dtype: made, using: generator.mixing("laplace left"))
    return ((right - left) * scale + location).cast(to: dtype)
  }

  /// Indices with probabilities softmax(logits), by the largest of logits plus Gumbel numbers.
  ///
  /// - Parameters:
  ///   - logits: `[..., classes]`, logarithms of probabilities up to a constant; −∞ for never.
  ///   - draws: How many for each row; nil for one, without an axis.
  ///   - generator: Not advanced.
  /// - Returns: `[..., draws]` or `[...]`, `int64`. Takes memory for draws · classes numbers.
  /// - SeeAlso: Gumbel 1954; Maddison et al. 2014, "A* Sampling".
  public static func categorical(
    logits: Tensor, draws: Int? = nil, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      logits.rank > 0 && logits.dtype.isFloatingPoint,
      "categorical: logits are real numbers along an axis of classes, not \(logits.type)")
    guard let draws else {
      let made = logits.dtype.ofSamples
      let noise = Tensor.gumbel(logits.shape, dtype: made, using: generator)
      return (logits.cast(to: made) + noise).argMax(axis: -1)
    }
    let row = logits.expandingShape(at: -2)
    var shape = row.shape
    shape[shape.rank - 2] = draws
    return categorical(logits: row.broadcast(to: shape), using: generator)
  }

  /// Indices with the given probabilities, which need not sum to 1.
  ///
  /// - Parameters:
  ///   - probabilities: `[..., classes]`, not negative.
  ///   - draws: How many for each row, with replacement; nil for one, without an axis.
  ///   - generator: Not advanced.
  /// - Returns: `[..., draws]` or `[...]`, `int64`.
  public static func categorical(
    probabilities: Tensor, draws: Int? = nil, using generator: PhiloxGenerator
  ) -> Tensor {
    categorical(logits: log(probabilities), draws: draws, using: generator)
  }

  /// Integers equally likely in `range`; of at most 2⁵³, above which some would be left out.
  public static func randomIntegers(
    _ shape: Shape, in range: Range<Int>, dtype: DType = .int64, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      !range.isEmpty && range.count <= 1 << 53,
      "randomIntegers: the range holds 1 to 2^53 integers, \(range) does not")
    let numbers = Tensor.uniform(shape, dtype: .float64, using: generator)
    let offsets = floor(numbers * Double(range.count)).cast(to: .int64)
    return (offsets + Tensor(range.lowerBound)).cast(to: dtype)
  }

  /// 0..<count in random order, all orders equally likely; `int64`.
  public static func permutation(_ count: Int, using generator: PhiloxGenerator) -> Tensor {
    var copy = PhiloxGenerator(seed: generator.seed, stream: generator.stream)
    return Tensor(copy.permutation(count: count))
  }

  /// Normal vectors with covariance L Lᵀ: mean + L z with independent normal numbers z.
  ///
  /// - Parameters:
  ///   - mean: `[..., d]`.
  ///   - scaleTril: L, `[..., d, d]`, as the Cholesky factor of the covariance; whatever stands above
  ///     its diagonal counts too.
  ///   - draws: How many for each mean; nil for one, without an axis.
  ///   - generator: Not advanced.
  /// - Returns: `[draws, ..., d]`, or the broadcast shape of the mean. Gradients flow to both.
  public static func multivariateNormal(
    mean: Tensor, scaleTril: Tensor, draws: Int? = nil, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      scaleTril.rank >= 2 && mean.rank >= 1
        && scaleTril.shape[scaleTril.rank - 1] == mean.shape[mean.rank - 1]
        && scaleTril.shape[scaleTril.rank - 2] == mean.shape[mean.rank - 1],
      "multivariateNormal: a mean \(mean.shape) of d numbers needs a factor [d, d], "
        + "not \(scaleTril.shape)")
    do throws(TensorError) {
      let outer = try Shape.broadcast(
        Shape(mean.shape.dropLast()), Shape(scaleTril.shape.dropLast(2)))
      let sizes = (draws.map { [$0] } ?? []) + Array(outer) + [mean.shape[mean.rank - 1], 1]
      let numbers = Tensor.normal(Shape(sizes), dtype: mean.dtype, using: generator)
      return matmul(scaleTril, numbers).squeezingShape(at: -1) + mean
    } catch {
      trap(TensorError("multivariateNormal: \(error.description)"))
    }
  }
}

extension DType {
  /// The type in which random numbers of this type are made.
  fileprivate var ofSamples: DType { self == .float64 ? .float64 : .float32 }
}
