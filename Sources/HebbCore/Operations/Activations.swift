/// Activation functions, element by element unless said otherwise; PyTorch's defaults, and its slopes
/// where two pieces meet. `relu`, `gelu` and `silu` stand with the elementary functions.

/// x limited to `min`...`max`; slope 0 on the limits and beyond.
public func hardtanh(_ x: Tensor, min: Double = -1, max: Double = 1) -> Tensor {
  clamp(x, min: min, max: max)
}

/// x where x > 0, else slope · x (Maas et al. 2013).
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  select(x .> 0, x, slope * x)
}

/// GELU with Φ(x) ≈ (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2 (Hendrycks & Gimpel 2016, §2).
public func geluTanh(_ x: Tensor) -> Tensor {
  inSinglePrecision(x) { x in
    let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * (square(x) * x))
    return 0.5 * x * (1 + tanh(inner))
  }
}

/// min(max(x, 0), limit) (Krizhevsky 2010, with limit 6).
public func reluN(_ x: Tensor, limit: Double = 6) -> Tensor { hardtanh(x, min: 0, max: limit) }

/// min(max(x, 0), 6) (Krizhevsky 2010).
public func relu6(_ x: Tensor) -> Tensor { reluN(x, limit: 6) }

/// x where x > 0, else slope · x, with slopes that are learned (He et al. 2015).
///
/// - Parameters:
///   - x: `[batch, channels, ...]`, or any shape for one slope.
///   - slope: `[1]`, or `[channels]`.
/// - Returns: The shape of x.
public func prelu(_ x: Tensor, slope: Tensor) -> Tensor {
  var shape = Shape(repeating: 1, rank: x.rank)
  if slope.count != 1 {
    guard x.rank >= 2, slope.shape == [x.shape[1]] else {
      trap(
        TensorError(
          "prelu: slopes of shape \(slope.shape) for x of shape \(x.shape); expected is [1], or one "
            + "for each channel, axis 1"))
    }
    shape[1] = slope.count
  }
  return select(x .> 0, x, Autocast.factor(slope).reshaped(to: shape) * x)
}

/// x where x ≤ 0, else 0, so that no exponential sees a large number: its infinity times slope 0 would
/// be NaN. Not the minimum, which halves the slope at 0.
private func negativePart(_ x: Tensor) -> Tensor { select(x .> 0, x.filled(with: 0), x) }

/// x where x > 0, else α (eˣ − 1) (Clevert et al. 2016).
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  inSinglePrecision(x) { x in select(x .> 0, x, alpha * expMinusOne(negativePart(x))) }
}

/// x where x > 0, else α (e^(x/α) − 1), smooth for every α (Barron 2017).
public func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  inSinglePrecision(x) { x in
    select(x .> 0, x, alpha * expMinusOne(negativePart(x) * (1 / alpha)))
  }
}

/// λ x where x > 0, else λ α (eˣ − 1), with the constants that keep mean 0 and variance 1 from layer to
/// layer (Klambauer et al. 2017).
public func selu(_ x: Tensor) -> Tensor {
  let alpha = 1.6732632423543772848170429916717
  let scale = 1.0507009873554804934193349852946
  return inSinglePrecision(x) { x in
    scale * select(x .> 0, x, alpha * expMinusOne(negativePart(x)))
  }
}

/// x tanh(ln(1 + eˣ)) (Misra 2019).
public func mish(_ x: Tensor) -> Tensor {
  inSinglePrecision(x) { x in x * tanh(softplus(x)) }
}

/// ln(1 + e^(βx)) / β, and x itself where β x is above the threshold.
public func softplus(_ x: Tensor, beta: Double, threshold: Double = 20) -> Tensor {
  let scaled = beta * x
  return select(scaled .> threshold, x, softplus(scaled) * (1 / beta))
}

/// x / (1 + |x|) (Turian et al. 2009).
public func softsign(_ x: Tensor) -> Tensor { x / (1 + abs(x)) }

/// x moved toward 0 by λ, 0 where it would cross it.
public func softshrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor {
  select(abs(x) .<= lambda, x.filled(with: 0), x - lambda * sign(x))
}

/// x where |x| > λ, else 0.
public func hardshrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor {
  select(abs(x) .<= lambda, x.filled(with: 0), x)
}

/// x − tanh x.
public func tanhshrink(_ x: Tensor) -> Tensor { x - tanh(x) }

/// min(max(x + 3, 0), 6) / 6 (Howard et al. 2019).
public func hardsigmoid(_ x: Tensor) -> Tensor { relu6(x + 3) * (1.0 / 6) }

/// x · hardsigmoid(x) (Howard et al. 2019).
public func hardswish(_ x: Tensor) -> Tensor { x * hardsigmoid(x) }

/// ln σ(x) = −ln(1 + e⁻ˣ), without overflow.
public func logSigmoid(_ x: Tensor) -> Tensor { inSinglePrecision(x) { x in -softplus(-x) } }

/// x where x > `limit`, else `value`.
public func threshold(_ x: Tensor, _ limit: Double, value: Double) -> Tensor {
  select(x .<= limit, x.filled(with: value), x)
}

/// a · σ(b) with the two halves of an axis (Dauphin et al. 2017); half as long along it.
public func glu(_ x: Tensor, axis: Int = -1) -> Tensor {
  let parts = x.split(2, axis: axis)
  return parts[0] * sigmoid(parts[1])
}

/// The largest of each `pieces` neighbors along an axis (Goodfellow et al. 2013).
///
/// - Parameters:
///   - x: Pieces of one unit stand one after the other along the axis.
///   - pieces: A divisor of the size of the axis.
///   - axis: Negative ones count from the end.
/// - Returns: The axis is shorter by the factor `pieces`.
public func maxout(_ x: Tensor, pieces: Int, axis: Int = -1) -> Tensor {
  let position = axis < 0 ? axis + x.rank : axis
  guard position >= 0, position < x.rank, pieces > 0, x.shape[position].isMultiple(of: pieces)
  else {
    trap(TensorError("maxout: axis \(axis) of \(x.shape) does not divide into \(pieces) pieces"))
  }
  var sizes = Array(x.shape)
  sizes[position] /= pieces
  sizes.insert(pieces, at: position + 1)
  return x.reshaped(to: Shape(sizes)).max(axes: [position + 1])
}

/// softmax(−x) along an axis.
public func softmin(_ x: Tensor, axis: Int = -1) -> Tensor { softmax(-x, axis: axis) }
