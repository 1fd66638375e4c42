import HebbCore

/// A penalty on weights or activations that is added to the loss.
///
/// ```swift
/// let loss = softmaxCrossEntropy(logits: model(x), labels: y) + Penalty.l1(1e-4)(of: model)
/// let sparse = loss + Penalty.l1(1e-3)(hiddenActivations)  // an activity penalty
/// ```
public enum Penalty: Sendable, Hashable {
  /// λ Σ |w|, which makes weights exactly 0 (Tibshirani 1996).
  case l1(Double)
  /// λ/2 Σ w², whose slope is λ w: the `weightDecay` of `SGD`.
  case l2(Double)
  /// λ max |w|; weights of equal size share the slope.
  case maximum(Double)
  /// λ (r Σ |w| + (1 − r) / 2 Σ w²), the elastic net (Zou & Hastie 2005).
  case elastic(Double, ratio: Double)

  /// The penalty of one tensor: a weight, or the activations of a layer.
  public func callAsFunction(_ w: Tensor) -> Tensor {
    switch self {
    case .l1(let lambda): return lambda * abs(w).sum()
    case .l2(let lambda): return (0.5 * lambda) * square(w).sum()
    case .maximum(let lambda): return lambda * abs(w).max()
    case .elastic(let lambda, let ratio):
      let absolute = (lambda * ratio) * abs(w).sum()
      return absolute + (0.5 * lambda * (1 - ratio)) * square(w).sum()
    }
  }

  /// The penalty of all of a model's weights together; biases and other vectors are left out, as is
  /// usual (Goodfellow et al. 2016, §7.1).
  ///
  /// - Parameters:
  ///   - model: Whose parameters are taken where they are not frozen.
  ///   - includesVectors: Whether parameters with fewer than two axes count as well.
  /// - Returns: A scalar; 0 for a model without weights.
  public func callAsFunction(of model: some Module, includesVectors: Bool = false) -> Tensor {
    let weights = model.parameters.tensors.filter { includesVectors || $0.rank >= 2 }
    guard let first = weights.first else { return Tensor(0.0) }
    var total = self(first)
    for weight in weights.dropFirst() {
      let term = self(weight)
      if case .maximum = self {
        total = HebbCore.maximum(total, term)
      } else {
        total = total + term
      }
    }
    return total
  }

  /// The proximal step: the u that minimizes the penalty plus ‖u − w‖² / (2 rate). For the L1 penalty
  /// it is sign(w) max(0, |w| − rate λ), which gives exact zeros where steps along the slope only come
  /// near; for `maximum`, which has no such form, it stops.
  ///
  /// - Parameters:
  ///   - w: The weights after a step along the slope of the loss alone.
  ///   - rate: The rate of that step.
  /// - Returns: The shape of w.
  public func proximal(_ w: Tensor, rate: Double) -> Tensor {
    func shrunk(_ size: Double) -> Tensor { sign(w) * relu(abs(w) - size) }
    switch self {
    case .l1(let lambda): return shrunk(rate * lambda)
    case .l2(let lambda): return w * (1 / (1 + rate * lambda))
    case .elastic(let lambda, let ratio):
      let divisor = 1 + rate * lambda * (1 - ratio)
      return shrunk(rate * lambda * ratio) * (1 / divisor)
    case .maximum: stop("Penalty.maximum has no proximal step here; use l1, l2 or elastic")
    }
  }
}

extension Tensor {
  /// The tensor with the part of each index of `axis` scaled down to a norm of at most `limit`,
  /// PyTorch's `renorm` with p = 2: a norm penalty as a constraint (Srivastava et al. 2014, §5.1).
  ///
  /// - Parameters:
  ///   - limit: The largest norm.
  ///   - axis: 0 for the incoming weights of each unit of `Linear`.
  /// - Returns: The shape of the tensor.
  public func clampingNorms(to limit: Double, axis: Int = 0) -> Tensor {
    let kept = axis < 0 ? axis + rank : axis
    let others = (0..<rank).filter { $0 != kept }
    let norms = sqrt(square(self).sum(axes: others, keepingDimensions: true))
    return self * minimum(limit / (norms + 1e-7), 1)
  }
}
