import Glibc

/// Random numbers of one seed and stream of Philox 4x32-10; element i depends on nothing else.
///
/// The two inputs are `int64` scalars, the key and the step (upper half of the counter), so that one
/// plan serves every step.
public struct RandomNumbers: Primitive {
  /// How the numbers are distributed.
  public enum Distribution: Int, Sendable, CaseIterable {
    /// Equally likely in 0..<1.
    case uniform
    /// Mean 0, variance 1 (Box-Muller).
    case normal
  }

  /// How the numbers are distributed.
  public let distribution: Distribution
  /// The shape of the result.
  public let shape: Shape
  /// `float32` or `float64`.
  public let dtype: DType

  package init(distribution: Distribution, shape: Shape, dtype: DType) {
    self.distribution = distribution
    self.shape = shape
    self.dtype = dtype
  }

  /// The name of the distribution.
  public var name: String { distribution == .uniform ? "randomUniform" : "randomNormal" }

  /// The given shape and type.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard dtype == .float32 || dtype == .float64 else {
      throw TensorError("\(name): makes float32 or float64 numbers, not \(dtype); cast them")
    }
    return TensorType(shape, dtype)
  }

  /// Random numbers do not depend on anything smoothly.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil, nil]
  }

  /// One block of four words after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let key = UInt64(bitPattern: inputs[0].integer(0))
    let step = UInt64(bitPattern: inputs[1].integer(0))
    func word(_ i: Int) -> UInt32 {
      let block = PhiloxGenerator.block(
        counter: [
          UInt32(truncatingIfNeeded: i / 4), UInt32(truncatingIfNeeded: (i / 4) >> 32),
          UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32),
        ],
        key: [UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)])
      return block[i % 4]
    }
    func uniform53(_ i: Int) -> Double {
      let bits = UInt64(word(2 * i)) << 32 | UInt64(word(2 * i + 1))
      return Double(bits >> 11) * 0x1p-53
    }
    var result = HostArray(zeros: type)
    for i in 0..<result.count {
      switch (distribution, dtype) {
      case (.uniform, .float64): result.set(i, real: uniform53(i))
      case (.uniform, _): result.set(i, real: Double(word(i) >> 8) * 0x1p-24)
      case (.normal, _):
        let even = i & ~1
        let (u1, u2) =
          dtype == .float64
          ? (uniform53(even) + 0x1p-53, uniform53(even + 1))
          : ((Double(word(even)) + 1) * 0x1p-32, Double(word(even + 1)) * 0x1p-32)
        let radius = (-2 * Glibc.log(u1)).squareRoot()
        let angle = 2 * Double.pi * u2
        result.set(i, real: radius * (i == even ? Glibc.cos(angle) : Glibc.sin(angle)))
      }
    }
    return result
  }

  /// Distribution, shape and type.
  public func sign(_ signature: inout Signature) {
    signature.append(distribution.rawValue << 8 | Int(dtype.rawValue))
    signature.append(shape)
  }
}

extension Tensor {
  private static func random(
    _ distribution: RandomNumbers.Distribution, _ shape: Shape, _ dtype: DType,
    _ generator: PhiloxGenerator
  ) -> Tensor {
    let key = Node(.integer(Int64(bitPattern: generator.seed)), .int64)
    let step = Node(.integer(Int64(bitPattern: generator.stream)), .int64)
    let made: DType = dtype == .float64 ? .float64 : .float32
    let numbers = RandomNumbers(distribution: distribution, shape: shape, dtype: made)
    return record(numbers, Operands(key, step)).cast(to: dtype)
  }

  /// Numbers equally likely in `range`, a function of the generator's seed and stream.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - range: Where the numbers lie.
  ///   - dtype: The element type.
  ///   - generator: Not advanced: the same generator gives the same numbers. Derive another one for
  ///     each purpose and step with `mixing(_:)`.
  /// - Returns: A tensor of the shape.
  public static func uniform(
    _ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32,
    using generator: PhiloxGenerator
  ) -> Tensor {
    let numbers = random(.uniform, shape, dtype, generator)
    if range == 0..<1 { return numbers }
    return numbers * (range.upperBound - range.lowerBound) + range.lowerBound
  }

  /// Normally distributed numbers, a function of the generator's seed and stream.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - mean: The expected mean.
  ///   - standardDeviation: The expected root of the variance.
  ///   - dtype: The element type.
  ///   - generator: Not advanced: the same generator gives the same numbers. Derive another one for
  ///     each purpose and step with `mixing(_:)`.
  /// - Returns: A tensor of the shape.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: PhiloxGenerator
  ) -> Tensor {
    let numbers = random(.normal, shape, dtype, generator)
    if mean == 0, standardDeviation == 1 { return numbers }
    return numbers * standardDeviation + mean
  }
}
