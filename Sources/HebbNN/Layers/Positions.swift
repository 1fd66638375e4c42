import Glibc
import HebbCore

/// Sines and cosines of each position (Vaswani et al. 2017, §3.5):
/// P[t, 2i] = sin(t / base^(2i/width)), P[t, 2i + 1] = cos(t / base^(2i/width)).
///
/// - Parameters:
///   - count: The number of positions.
///   - width: The size of the vectors, even.
///   - base: What the wavelengths grow by, from 2π to base · 2π.
///   - dtype: The element type.
/// - Returns: `[count, width]`.
public func sinusoidalPositions(
  _ count: Int, width: Int, base: Double = 10_000, dtype: DType = .float32
) -> Tensor {
  let angles = positionAngles(count, width: width, base: base)
  return stack([sin(angles), cos(angles)], axis: 2).reshaped(to: [count, width]).cast(to: dtype)
}

/// t / base^(2i/width), `[count, width / 2]`, in double precision.
private func positionAngles(_ count: Int, width: Int, base: Double, offset: Int = 0) -> Tensor {
  guard width > 0, width.isMultiple(of: 2) else {
    stop("positions: the width is even and above 0, \(width) is not")
  }
  let frequencies = (0..<width / 2).map { Glibc.pow(base, -2 * Double($0) / Double(width)) }
  let times = (Tensor.range(count, dtype: .int64) + Tensor(offset)).cast(to: .float64)
  return times.expandingShape(at: 1) * Tensor(frequencies)
}

/// Adds sines and cosines of the positions, with dropout after it (Vaswani et al. 2017, §3.5).
///
/// Shapes: `[..., time, width]` → the same.
public final class PositionalEncoding: Layer {
  /// The dropout of the sum.
  public let dropout: Dropout
  /// The size of the vectors.
  public let width: Int

  /// A layer without parameters.
  ///
  /// - Parameters:
  ///   - width: The size of the vectors, even.
  ///   - dropout: The probability of dropout.
  ///   - generator: Where the masks come from; advanced.
  public init(width: Int, dropout: Double = 0, using generator: inout PhiloxGenerator) {
    self.width = width
    self.dropout = Dropout(dropout, using: &generator)
  }

  /// x + P, some elements dropped in training.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard x.rank >= 2, x.shape.last == width else {
        stop("PositionalEncoding: expects [..., time, \(width)], not \(x.shape)")
      }
      return dropout(x + sinusoidalPositions(x.shape[x.rank - 2], width: width, dtype: x.dtype))
    }
  }
}

/// Adds a learned vector for each position, as BERT and GPT-2 do.
///
/// Shapes: `[..., time, width]` with at most `count` times → the same.
public final class LearnedPositions: Layer {
  /// The vectors, `[count, width]`.
  @Parameter public var weight: Tensor

  /// Vectors for this number of positions.
  ///
  /// - Parameters:
  ///   - count: The largest number of positions.
  ///   - width: The size of the vectors.
  ///   - initializer: How they start; BERT's where nothing is said.
  ///   - generator: Where they come from; advanced.
  public init(
    count: Int, width: Int, initializer: Initializer = .normal(standardDeviation: 0.02),
    using generator: inout PhiloxGenerator
  ) {
    weight = initializer([count, width], using: &generator)
  }

  /// x plus the vectors of its positions.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let (count, width) = (weight.shape[0], weight.shape[1])
      guard x.rank >= 2, x.shape.last == width, x.shape[x.rank - 2] <= count else {
        stop("LearnedPositions: expects [..., at most \(count) times, \(width)], not \(x.shape)")
      }
      return x + weight[0..<x.shape[x.rank - 2]]
    }
  }
}

/// Rotary positions: turns the pair of features i and i + width/2 by the angle
/// t / base^(2i/width), so that products of queries and keys depend on their distance.
///
/// - Parameters:
///   - x: Queries or keys, `[..., time, width]` with an even width.
///   - base: What the wavelengths grow by.
///   - offset: The position of the first time, for generation step by step.
/// - Returns: The shape of x.
/// - SeeAlso: Su et al. 2021, equation 34, with the halves of Llama instead of neighbors.
public func rotatingPositions(_ x: Tensor, base: Double = 10_000, offset: Int = 0) -> Tensor {
  guard x.rank >= 2, let width = x.shape.last, width > 0, width.isMultiple(of: 2) else {
    stop("rotatingPositions: expects [..., time, an even width], not \(x.shape)")
  }
  let angles = positionAngles(x.shape[x.rank - 2], width: width, base: base, offset: offset)
  let (c, s) = (cos(angles).cast(to: x.dtype), sin(angles).cast(to: x.dtype))
  let halves = x.split(2, axis: -1)
  return concatenate(
    [halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s], axis: x.rank - 1)
}

/// Attention with linear biases: −slope · (query − key), to be added to the scores, with slopes in a
/// geometric series from 2^(−8/heads) on; keys behind the query get a bias above 0 and are to be
/// hidden.
///
/// - Parameters:
///   - heads: The number of heads; for one that is no power of 2, the paper's interleaved slopes.
///   - queries: The number of queries.
///   - keys: The number of keys.
///   - dtype: The element type.
/// - Returns: `[heads, queries, keys]`.
/// - SeeAlso: Press, Smith & Lewis 2022, §3.
public func linearBiases(
  heads: Int, queries: Int, keys: Int, dtype: DType = .float32
) -> Tensor {
  func slopes(_ count: Int) -> [Double] {
    var power = 1
    while power * 2 <= count { power *= 2 }
    let series = (1...power).map { Glibc.pow(2, -8 * Double($0) / Double(power)) }
    if power == count { return series }
    let finer = slopes(2 * power)
    return series + (0..<count - power).map { finer[2 * $0] }
  }
  guard heads > 0 else { stop("linearBiases: needs a head or more, not \(heads)") }
  let rows = Tensor.range(queries).expandingShape(at: 1)
  let distances = (Tensor.range(keys) - rows).cast(to: dtype)
  return Tensor(slopes(heads)).cast(to: dtype).reshaped(to: [heads, 1, 1]) * distances
}
