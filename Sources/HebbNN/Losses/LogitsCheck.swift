import HebbCore

/// In `Hebb.debug`, stops where a loss that applies softmax itself is given what softmax gave: rows
/// that are not negative and sum to 1.
func demandLogits(_ loss: String, rows logits: Tensor) {
  guard Hebb.isDebugging, let classes = logits.shape.last, classes > 1, logits.count > 0 else {
    return
  }
  let isExact = logits.dtype == .float32 || logits.dtype == .float64
  let tolerance = isExact ? 1e-5 : 2e-2
  let values = withoutGradients { logits.doubles() }
  for start in stride(from: 0, to: values.count, by: classes) {
    let row = values[start..<start + classes]
    let sum = row.reduce(0, +)
    guard row.allSatisfy({ $0 >= 0 }), abs(sum - 1) <= tolerance else { return }
  }
  stop(
    "\(loss): every row of the logits \(logits.shape) sums to 1, as after softmax; this loss applies "
      + "softmax itself: leave it out of the model, or use negativeLogLikelihood of logSoftmax")
}

/// In `Hebb.debug`, stops where a loss that applies the logistic function itself is given what it
/// gave.
func demandLogits(_ loss: String, elements logits: Tensor) {
  guard Hebb.isDebugging, logits.comesFromSigmoid else { return }
  stop(
    "\(loss): the logits \(logits.shape) come from sigmoid; this loss applies it itself: leave it out "
      + "of the model, or use binaryCrossEntropy(probabilities:targets:)")
}
