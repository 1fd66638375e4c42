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
  }

  private enum Kind: Hashable {
    case fixed(Distribution)
    /// Variance gain² / fan.
    case kaiming(gain: Double, Fan, isNormal: Bool)
    /// Variance gain² · 2 / (fan in + fan out).
    case xavier(gain: Double, isNormal: Bool)
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
  /// √(2 / (1 + slope²)).
  public static func leakyReLU(slope: Double = 0.01) -> Double {
    (2 / (1 + slope * slope)).squareRoot()
  }
}
