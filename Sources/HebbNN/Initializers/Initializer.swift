import HebbCore

/// How the elements of a fresh parameter are chosen. A value: `.kaimingNormal()`, `.zeros`.
///
/// Weights have PyTorch's layout, outputs first: `[outputs, inputs, ...kernel]`. The fans of Glorot's
/// and He's rules are inputs · kernel and outputs · kernel.
public struct Initializer: Sendable, Hashable {
  /// The number of incoming or outgoing connections, whichever keeps its variance.
  public enum Fan: Sendable, Hashable {
    /// Keeps the variance of activations.
    case input
    /// Keeps the variance of gradients.
    case output
  }

  /// What a number is drawn from.
  public enum Distribution: Sendable, Hashable {
    /// One value.
    case constant(Double)
    /// Equally likely numbers.
    case uniform(Range<Double>)
    /// The normal distribution.
    case normal(mean: Double, standardDeviation: Double)
    /// The normal distribution of these numbers, without what lies outside of the range.
    case truncatedNormal(mean: Double, standardDeviation: Double, ClosedRange<Double>)
    /// A matrix as a whole: the elements are not independent.
    case matrix(Matrix)
  }

  /// Initial values that are made as a whole.
  public enum Matrix: Sendable, Hashable {
    /// Orthogonal rows or columns, times a gain.
    case orthogonal(gain: Double)
    /// Ones on the diagonal.
    case identity
    /// Kernels that hand the channels through.
    case dirac(groups: Int)
    /// Normal numbers, with this part of each column 0.
    case sparse(sparsity: Double, standardDeviation: Double)
  }

  private enum Kind: Hashable {
    case fixed(Distribution)
    /// Variance gain² / fan.
    case kaiming(gain: Double, Fan, isNormal: Bool)
    /// Variance gain² · 2 / (fan in + fan out).
    case xavier(gain: Double, isNormal: Bool)
    /// Variance 1 / fan in, without what lies beyond two standard deviations.
    case leCunTruncated
  }

  private let kind: Kind

  /// Equal elements.
  public static func constant(_ value: Double) -> Initializer {
    .init(kind: .fixed(.constant(value)))
  }

  /// Zeros.
  public static let zeros = constant(0)

  /// Ones.
  public static let ones = constant(1)

  /// Equally likely numbers of a range.
  public static func uniform(_ range: Range<Double> = 0..<1) -> Initializer {
    .init(kind: .fixed(.uniform(range)))
  }

  /// Normally distributed numbers.
  public static func normal(mean: Double = 0, standardDeviation: Double = 1) -> Initializer {
    .init(kind: .fixed(.normal(mean: mean, standardDeviation: standardDeviation)))
  }

  /// Normally distributed numbers of a range; what lies outside is drawn again, in effect.
  ///
  /// - Parameters:
  ///   - mean: The mean before the range is cut out.
  ///   - standardDeviation: The standard deviation before.
  ///   - range: Where the numbers lie.
  /// - Returns: The initializer, as PyTorch's `trunc_normal_`.
  public static func truncatedNormal(
    mean: Double = 0, standardDeviation: Double = 1, in range: ClosedRange<Double> = -2...2
  ) -> Initializer {
    .init(
      kind: .fixed(.truncatedNormal(mean: mean, standardDeviation: standardDeviation, range)))
  }

  /// Uniform in ±√(3 / fan in), which keeps the variance of linear and SELU units (LeCun et al. 1998,
  /// §4.6).
  public static let leCunUniform = Initializer(
    kind: .kaiming(gain: 1, .input, isNormal: false))

  /// Normal with standard deviation √(1 / fan in) (LeCun et al. 1998, equation 16).
  public static let leCunNormal = Initializer(kind: .kaiming(gain: 1, .input, isNormal: true))

  /// Normal with standard deviation √(1 / fan in) after what lies beyond two of the untruncated
  /// distribution's is cut off, as Keras and JAX draw `lecun_normal`.
  public static let leCunTruncatedNormal = Initializer(kind: .leCunTruncated)

  /// A random matrix with orthogonal rows or columns, whichever are fewer, of length `gain`; further
  /// axes count as columns (Saxe, McClelland & Ganguli 2014).
  public static func orthogonal(gain: Double = 1) -> Initializer {
    .init(kind: .fixed(.matrix(.orthogonal(gain: gain))))
  }

  /// Ones on the diagonal of a matrix, zeros elsewhere.
  public static let identity = Initializer(kind: .fixed(.matrix(.identity)))

  /// Kernels that hand the channels of each group through: 1 in the middle where output and input are
  /// the same, as PyTorch's `dirac_`.
  public static func dirac(groups: Int = 1) -> Initializer {
    .init(kind: .fixed(.matrix(.dirac(groups: groups))))
  }

  /// Normal numbers, with ⌈sparsity · rows⌉ random elements of each column 0 (Martens 2010).
  ///
  /// - Parameters:
  ///   - sparsity: The part of each column that is 0.
  ///   - standardDeviation: That of the others.
  /// - Returns: The initializer, as PyTorch's `sparse_`.
  public static func sparse(
    _ sparsity: Double, standardDeviation: Double = 0.01
  ) -> Initializer {
    .init(
      kind: .fixed(
        .matrix(.sparse(sparsity: sparsity, standardDeviation: standardDeviation))))
  }

  /// Uniform in ±gain √(6 / (fan in + fan out)) (Glorot & Bengio 2010, equation 16).
  public static func xavierUniform(gain: Double = 1) -> Initializer {
    .init(kind: .xavier(gain: gain, isNormal: false))
  }

  /// Normal with standard deviation gain √(2 / (fan in + fan out)) (Glorot & Bengio 2010).
  public static func xavierNormal(gain: Double = 1) -> Initializer {
    .init(kind: .xavier(gain: gain, isNormal: true))
  }

  /// Uniform in ±gain √(3 / fan) (He et al. 2015, equation 10, with this variance).
  ///
  /// - Parameters:
  ///   - gain: √2 for ReLU, the default; see `Gain`.
  ///   - fan: Which connections are counted.
  /// - Returns: The initializer.
  public static func kaimingUniform(gain: Double = Gain.relu, fan: Fan = .input) -> Initializer {
    .init(kind: .kaiming(gain: gain, fan, isNormal: false))
  }

  /// Normal with standard deviation gain / √fan (He et al. 2015, equation 10).
  ///
  /// - Parameters:
  ///   - gain: √2 for ReLU, the default; see `Gain`.
  ///   - fan: Which connections are counted.
  /// - Returns: The initializer.
  public static func kaimingNormal(gain: Double = Gain.relu, fan: Fan = .input) -> Initializer {
    .init(kind: .kaiming(gain: gain, fan, isNormal: true))
  }

  /// Draws a fresh tensor.
  ///
  /// - Parameters:
  ///   - shape: Its shape; the rules of Glorot and He need two axes or more.
  ///   - dtype: Its element type.
  ///   - generator: Advanced by one number, whatever the shape.
  /// - Returns: A tensor of this shape.
  public func callAsFunction(
    _ shape: Shape, dtype: DType = .float32, using generator: inout PhiloxGenerator
  ) -> Tensor {
    let source = PhiloxGenerator(seed: generator.next())
    switch distribution(for: shape) {
    case .constant(let value): return .full(shape, value, dtype: dtype)
    case .uniform(let range): return .uniform(shape, in: range, dtype: dtype, using: source)
    case .normal(let mean, let deviation):
      return .normal(
        shape, mean: mean, standardDeviation: deviation, dtype: dtype, using: source)
    case .truncatedNormal(let mean, let deviation, let range):
      return truncatedNormalNumbers(shape, mean, deviation, range, source).cast(to: dtype)
    case .matrix(let matrix):
      return matrix.made(shape, using: source).cast(to: dtype)
    }
  }

  /// What the elements of a tensor of this shape are drawn from.
  public func distribution(for shape: Shape) -> Distribution {
    switch kind {
    case .fixed(let distribution): return distribution
    case .kaiming(let gain, let fan, let isNormal):
      let (fanIn, fanOut) = Self.fans(of: shape)
      let deviation = gain / Double(max(fan == .input ? fanIn : fanOut, 1)).squareRoot()
      return Self.centered(deviation, isNormal)
    case .leCunTruncated:
      // The standard deviation of the normal distribution between −2 and 2.
      let deviation =
        1 / Double(max(Self.fans(of: shape).input, 1)).squareRoot() / 0.879_625_661_034_239_8
      return .truncatedNormal(
        mean: 0, standardDeviation: deviation, -2 * deviation...2 * deviation)
    case .xavier(let gain, let isNormal):
      let (fanIn, fanOut) = Self.fans(of: shape)
      return Self.centered(gain * (2 / Double(max(fanIn + fanOut, 1))).squareRoot(), isNormal)
    }
  }

  /// A uniform number in ±b has standard deviation b / √3.
  private static func centered(_ deviation: Double, _ isNormal: Bool) -> Distribution {
    if isNormal { return .normal(mean: 0, standardDeviation: deviation) }
    let bound = 3.0.squareRoot() * deviation
    return .uniform(-bound..<bound)
  }

  /// Incoming and outgoing connections of a weight `[outputs, inputs, ...kernel]`.
  public static func fans(of shape: Shape) -> (input: Int, output: Int) {
    guard shape.rank >= 2 else {
      stop("an initializer by fan needs a weight with two axes or more, not \(shape)")
    }
    let kernel = shape[2...].reduce(1, *)
    return (shape[1] * kernel, shape[0] * kernel)
  }
}

/// Factors by which activations shrink a standard deviation, PyTorch's `calculate_gain`.
public enum Gain {
  /// For no activation, convolution and sigmoid.
  public static let linear = 1.0
  /// 5/3.
  public static let tanh = 5.0 / 3
  /// √2.
  public static let relu = 2.0.squareRoot()
  /// 3/4.
  public static let selu = 0.75
  /// √(2 / (1 + slope²)), He's rule for rectifiers with a slope.
  public static func leakyReLU(slope: Double = 0.01) -> Double {
    (2 / (1 + slope * slope)).squareRoot()
  }
}
