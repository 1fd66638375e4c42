import HebbCore
import HebbNN

extension Gradients {
  /// The gradients with the part of each unit scaled down to at most `limit` times the norm of its
  /// weights: g · min(1, limit · max(‖w‖, ε) / ‖g‖), with norms over all axes but the first; a vector
  /// is one unit (Brock et al. 2021, equation 3).
  ///
  /// - Parameters:
  ///   - limit: The paper has 0.01 for large batches.
  ///   - epsilon: ε, the least norm of weights that counts.
  /// - Returns: The gradients of all parameters, clipped.
  public func clippedAdaptively(to limit: Double = 0.01, epsilon: Double = 1e-3) -> Gradients {
    withoutGradients {
      var weights = parameters.tensors.makeIterator()
      return map { g in
        let w = weights.next() ?? g
        let axes = g.rank >= 2 ? Array(1..<g.rank) : nil
        func norm(_ x: Tensor) -> Tensor {
          sqrt(square(x).sum(axes: axes, keepingDimensions: true))
        }
        let bound = limit * maximum(norm(w), epsilon)
        return g * minimum(bound / maximum(norm(g), 1e-6), 1)
      }
    }
  }

  /// The gradients with zeros where elements are not finite.
  public func replacingNonFinite() -> Gradients {
    withoutGradients { map { select(isFinite($0), $0, $0.filled(with: 0)) } }
  }

  /// The gradients of weights minus their mean for each unit, over all axes but the first; vectors
  /// stay (Yong et al. 2020, equation 1).
  public func centralized() -> Gradients {
    withoutGradients {
      map { g in
        guard g.rank >= 2 else { return g }
        return g - g.mean(axes: Array(1..<g.rank), keepingDimensions: true)
      }
    }
  }

  /// All gradients multiplied by a number; the loss stays.
  public func scaled(by factor: Double) -> Gradients {
    withoutGradients {
      var factors: [DType: Tensor] = [:]
      return map { g in
        let tensor = factors[g.dtype] ?? Tensor(factor, dtype: g.dtype)
        factors[g.dtype] = tensor
        return g * tensor
      }
    }
  }
}

/// Gradients of several batches taken together, for batches that do not fit into memory at once.
///
/// ```swift
/// var accumulator = GradientAccumulator(count: 4)
/// for batch in batches {
///   let slopes = gradients(of: loss(batch), for: optimizer.parameters)
///   if let mean = accumulator.add(slopes) { optimizer.step(along: mean) }
/// }
/// ```
public struct GradientAccumulator {
  /// How many gradients a step takes.
  public let count: Int
  /// How many have come since the last step.
  public private(set) var pending = 0

  private var sum: Gradients?

  /// Steps of `count` gradients each.
  public init(count: Int) { self.count = max(count, 1) }

  /// Takes in the gradients of a batch; they are computed now, and the graph behind them is given up.
  ///
  /// - Returns: The mean of the last `count` gradients when there are so many, with the sum of their
  ///   losses; else nil.
  public mutating func add(_ gradients: Gradients) -> Gradients? {
    let total = sum.map { $0 + gradients } ?? gradients
    pending += 1
    guard pending == count else {
      sum = total.evaluated()
      return nil
    }
    (sum, pending) = (nil, 0)
    return count == 1 ? total : total.scaled(by: 1 / Double(count))
  }
}
