import HebbCore

/// What becomes of the losses of the elements or examples.
public enum Reduction: Sendable, Hashable {
  /// Their mean; with weights Σ w loss / Σ w.
  case mean
  /// Their sum, divided by the size of the first axis.
  case batchMean
  /// Their sum.
  case sum
  /// They stay apart.
  case none

  /// Reduces losses, each of which counts as much as its weight says.
  ///
  /// ```swift
  /// let losses = hinge(scores: x, signs: y, reduction: .none)
  /// let loss = Reduction.mean(losses, weights: weightsOfTheExamples)
  /// ```
  /// - Parameters:
  ///   - losses: One number for each element or example.
  ///   - weights: Of the shape of the losses, or of their first axes only (`[batch]`: one weight for
  ///     each example); all 1 where nil.
  /// - Returns: A scalar; the shape of the losses without reduction.
  public func callAsFunction(_ losses: Tensor, weights: Tensor? = nil) -> Tensor {
    let spread = weights.map { Self.spread($0, over: losses) }
    let losses = spread.map { losses * $0 } ?? losses
    switch self {
    case .mean: return spread.map { losses.sum() / $0.sum() } ?? losses.mean()
    case .batchMean: return losses.sum() * (1 / Double(max(losses.shape.first ?? 1, 1)))
    case .sum: return losses.sum()
    case .none: return losses
    }
  }

  /// Weights of the first axes, as often as there are losses.
  private static func spread(_ weights: Tensor, over losses: Tensor) -> Tensor {
    guard
      weights.rank <= losses.rank,
      weights.shape.elementsEqual(losses.shape.prefix(weights.rank))
    else {
      stop(
        "the losses have shape \(losses.shape), their weights have \(weights.shape), which is "
          + "neither that shape nor its first axes")
    }
    let ones = Array(repeating: 1, count: losses.rank - weights.rank)
    return weights.reshaped(to: Shape(Array(weights.shape) + ones)).broadcast(to: losses.shape)
  }
}

/// Stops unless prediction and target have one shape: broadcasting in a loss hides mistakes.
func demandEqualShapes(_ loss: String, _ a: Tensor, _ b: Tensor) {
  demandEqualShapes(loss, ("the predictions", a), ("the targets", b))
}

/// Stops unless all of these have the shape of the first.
func demandEqualShapes(_ loss: String, _ tensors: (name: String, tensor: Tensor)...) {
  guard let first = tensors.first else { return }
  for other in tensors.dropFirst() where other.tensor.shape != first.tensor.shape {
    stop(
      "\(loss): \(first.name) have shape \(first.tensor.shape), \(other.name) "
        + "\(other.tensor.shape)")
  }
}
