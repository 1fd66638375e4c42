import HebbCore

/// The cross-entropy of the tokens that count, mean over them: Σ m loss / Σ m.
///
/// - Parameters:
///   - logits: `[batch, time, classes]`.
///   - labels: `[batch, time]`, `int64`; any class where the mask is 0.
///   - lengths: How many tokens of each sequence count, `[batch]`, `int64`.
///   - smoothing: As in `softmaxCrossEntropy`.
///   - reduction: Without one, tokens that do not count give 0; `sum` sums over the others.
/// - Returns: A scalar; `[batch, time]` without reduction.
public func maskedCrossEntropy(
  logits: Tensor, labels: Tensor, lengths: Tensor, smoothing: Double = 0,
  reduction: Reduction = .mean
) -> Tensor {
  let logits = logits.inAutocastPrecision
  guard labels.rank == 2, lengths.shape == [labels.shape[0]] else {
    stop(
      "maskedCrossEntropy: labels are [batch, time] and lengths [batch], not \(labels.shape) and "
        + "\(lengths.shape)")
  }
  let times = Tensor.range(labels.shape[1], dtype: lengths.dtype)
  let mask = (times .< lengths.expandingShape(at: -1)).cast(to: logits.dtype)
  return softmaxCrossEntropy(
    logits: logits, labels: labels, smoothing: smoothing, weights: mask, reduction: reduction)
}
