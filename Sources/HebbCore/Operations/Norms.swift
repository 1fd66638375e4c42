/// Reductions that are a few lines over others: truth values, counts, norms, deviations.

extension Tensor {
  /// Whether any element over `axes` differs from 0, over all where it is nil; false over none.
  public func any(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    cast(to: .bool).cast(to: .uint8).max(axes: axes, keepingDimensions: keepingDimensions)
      .cast(to: .bool)
  }

  /// Whether all elements over `axes` differ from 0, over all where it is nil; true over none.
  public func all(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    cast(to: .bool).cast(to: .uint8).min(axes: axes, keepingDimensions: keepingDimensions)
      .cast(to: .bool)
  }

  /// How many elements over `axes` differ from 0, over all where it is nil; `int64`.
  public func countNonzero(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    cast(to: .bool).cast(to: .int64).sum(axes: axes, keepingDimensions: keepingDimensions)
  }

  /// The norm of the elements over `axes`, (Σ |x|ᵖ)^(1/p).
  ///
  /// - Parameters:
  ///   - p: 2 for the Euclidean length, 1 for the sum of magnitudes, ∞ and −∞ for the largest and
  ///     the smallest magnitude, 0 for the number of elements that are not 0; else any number.
  ///   - axes: The axes that go, all where nil; negative ones count from the end.
  ///   - keepingDimensions: Whether they stay with size 1.
  /// - Returns: The shape without the axes. Where the norm is 0, its slope is 0, as in PyTorch.
  public func norm(
    _ p: Double = 2, axes: [Int]? = nil, keepingDimensions: Bool = false
  ) -> Tensor {
    func sum(_ x: Tensor) -> Tensor { x.sum(axes: axes, keepingDimensions: keepingDimensions) }
    switch p {
    case 0: return sum(cast(to: .bool).cast(to: dtype))
    case 1: return sum(abs(self))
    case 2: return rootWithoutPole(sum(square(self)))
    case .infinity: return abs(self).max(axes: axes, keepingDimensions: keepingDimensions)
    case -.infinity: return abs(self).min(axes: axes, keepingDimensions: keepingDimensions)
    default:
      let isZero = self .== 0
      let magnitude = abs(select(isZero, filled(with: 1), self))
      let total = sum(select(isZero, filled(with: p > 0 ? 0 : .infinity), power(magnitude, p)))
      let isNothing = total .== 0
      let root = power(select(isNothing, total.filled(with: 1), total), 1 / p)
      return select(isNothing, total.filled(with: p > 0 ? 0 : .infinity), root)
    }
  }

  /// The square root of the variance over `axes`; slope 0 where it is 0, as in PyTorch.
  ///
  /// - Parameters:
  ///   - axes: The axes that go, all where nil; negative ones count from the end.
  ///   - keepingDimensions: Whether they stay with size 1.
  ///   - correction: 1 for the root of the unbiased variance (PyTorch's default), 0 for the
  ///     population's.
  /// - Returns: The shape without the axes.
  public func standardDeviation(
    axes: [Int]? = nil, keepingDimensions: Bool = false, correction: Int = 1
  ) -> Tensor {
    rootWithoutPole(
      variance(axes: axes, keepingDimensions: keepingDimensions, correction: correction))
  }
}

/// √x with slope 0 at 0.
private func rootWithoutPole(_ x: Tensor) -> Tensor {
  let isZero = x .== 0
  return select(isZero, x.filled(with: 0), sqrt(select(isZero, x.filled(with: 1), x)))
}
