import HebbCore

/// What becomes of the losses of the elements or examples.
public enum Reduction: Sendable, Hashable {
  /// Their mean.
  case mean
  /// Their sum, divided by the size of the first axis.
  case batchMean
  /// Their sum.
  case sum
  /// They stay apart.
  case none

  func callAsFunction(_ losses: Tensor) -> Tensor {
    switch self {
    case .mean: losses.mean()
    case .batchMean: losses.sum() * (1 / Double(max(losses.shape.first ?? 1, 1)))
    case .sum: losses.sum()
    case .none: losses
    }
  }
}

/// Stops unless prediction and target have one shape: broadcasting in a loss hides mistakes.
func demandEqualShapes(_ loss: String, _ a: Tensor, _ b: Tensor) {
  guard a.shape == b.shape else {
    stop("\(loss): the predictions have shape \(a.shape), the targets \(b.shape)")
  }
}
