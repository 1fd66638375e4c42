import HebbCore

/// max(x, 0), element by element.
public final class ReLU: Layer {
  /// A layer without parameters.
  public init() {}

  /// max(x, 0).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { relu(x) } }
}

/// 1 / (1 + e⁻ˣ), element by element.
public final class Sigmoid: Layer {
  /// A layer without parameters.
  public init() {}

  /// σ(x).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { sigmoid(x) } }
}

/// The hyperbolic tangent, element by element.
public final class Tanh: Layer {
  /// A layer without parameters.
  public init() {}

  /// tanh x.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { tanh(x) } }
}

/// x Φ(x) with the normal distribution function Φ, element by element (Hendrycks & Gimpel 2016).
public final class GELU: Layer {
  /// How Φ is computed.
  public enum Form: Sendable, Hashable {
    /// By the error function.
    case exact
    /// By tanh(√(2/π) (x + 0.044715 x³)), as GPT-2 does.
    case tanh
  }

  /// How Φ is computed.
  public let form: Form

  /// A layer without parameters.
  public init(_ form: Form = .exact) { self.form = form }

  /// x Φ(x).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      switch form {
      case .exact: gelu(x)
      case .tanh: geluTanh(x)
      }
    }
  }
}

/// x σ(x), element by element (Elfwing et al. 2017).
public final class SiLU: Layer {
  /// A layer without parameters.
  public init() {}

  /// x σ(x).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { silu(x) } }
}

/// x where x > 0, else slope · x, element by element (Maas et al. 2013).
public final class LeakyReLU: Layer {
  /// The slope left of 0.
  public let slope: Double

  /// A layer without parameters.
  public init(slope: Double = 0.01) { self.slope = slope }

  /// max(x, 0) + slope · min(x, 0).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { leakyReLU(x, slope: slope) } }
}

/// x where x > 0, else α (eˣ − 1), element by element (Clevert et al. 2016).
public final class ELU: Layer {
  /// The limit at −∞, negated.
  public let alpha: Double

  /// A layer without parameters.
  public init(alpha: Double = 1) { self.alpha = alpha }

  /// x where x > 0, else α (eˣ − 1).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { elu(x, alpha: alpha) } }
}

/// Softmax along an axis: positive numbers that sum to 1.
public final class Softmax: Layer {
  /// The axis; negative ones count from the end.
  public let axis: Int

  /// A layer without parameters.
  public init(axis: Int = -1) { self.axis = axis }

  /// eˣⁱ / Σⱼ eˣʲ.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { softmax(x, axis: axis) } }
}

/// The logarithm of softmax along an axis, without overflow.
public final class LogSoftmax: Layer {
  /// The axis; negative ones count from the end.
  public let axis: Int

  /// A layer without parameters.
  public init(axis: Int = -1) { self.axis = axis }

  /// xᵢ − ln Σⱼ eˣʲ.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { logSoftmax(x, axis: axis) } }
}
