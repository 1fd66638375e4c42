import HebbCore

/// x tanh(ln(1 + eˣ)), element by element (Misra 2019).
public final class Mish: Layer {
  /// A layer without parameters.
  public init() {}

  /// x tanh(ln(1 + eˣ)).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { mish(x) } }
}

/// ln(1 + e^(βx)) / β, element by element (Dugas et al. 2001).
public final class Softplus: Layer {
  /// β; the larger, the closer to max(x, 0).
  public let beta: Double
  /// Where β x is above it, the result is x, which differs by less than e^(−threshold) / β.
  public let threshold: Double

  /// A layer without parameters.
  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
  }

  /// ln(1 + e^(βx)) / β.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      softplus(x, beta: beta, threshold: threshold)
    }
  }
}

/// x / (1 + |x|), element by element (Turian et al. 2009).
public final class Softsign: Layer {
  /// A layer without parameters.
  public init() {}

  /// x / (1 + |x|).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { softsign(x) } }
}

/// x moved toward 0 by λ, 0 where it would cross it, element by element.
public final class Softshrink: Layer {
  /// λ.
  public let lambda: Double

  /// A layer without parameters.
  public init(lambda: Double = 0.5) { self.lambda = lambda }

  /// x − λ, x + λ, or 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { softshrink(x, lambda: lambda) } }
}

/// x where |x| > λ, else 0, element by element.
public final class Hardshrink: Layer {
  /// λ.
  public let lambda: Double

  /// A layer without parameters.
  public init(lambda: Double = 0.5) { self.lambda = lambda }

  /// x, or 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { hardshrink(x, lambda: lambda) } }
}

/// x − tanh x, element by element.
public final class Tanhshrink: Layer {
  /// A layer without parameters.
  public init() {}

  /// x − tanh x.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { tanhshrink(x) } }
}

/// x limited to a range, element by element.
public final class Hardtanh: Layer {
  /// The smallest output.
  public let min: Double
  /// The largest output.
  public let max: Double

  /// A layer without parameters.
  public init(min: Double = -1, max: Double = 1) {
    self.min = min
    self.max = max
  }

  /// min(max(x, min), max).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { hardtanh(x, min: min, max: max) } }
}

/// min(max(x + 3, 0), 6) / 6, element by element (Howard et al. 2019).
public final class Hardsigmoid: Layer {
  /// A layer without parameters.
  public init() {}

  /// min(max(x + 3, 0), 6) / 6.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { hardsigmoid(x) } }
}

/// x min(max(x + 3, 0), 6) / 6, element by element (Howard et al. 2019).
public final class Hardswish: Layer {
  /// A layer without parameters.
  public init() {}

  /// x min(max(x + 3, 0), 6) / 6.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { hardswish(x) } }
}

/// −ln(1 + e⁻ˣ), element by element.
public final class LogSigmoid: Layer {
  /// A layer without parameters.
  public init() {}

  /// ln σ(x).
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { logSigmoid(x) } }
}
