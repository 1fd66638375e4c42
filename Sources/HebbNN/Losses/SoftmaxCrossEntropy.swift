import HebbCore

/// Cross-entropy of integer labels under softmax, in nats, PyTorch's `cross_entropy`:
/// −w[y] ln softmax(x)[y] for each example.
///
/// The mean weighs the examples: Σ lossₙ / Σ w[yₙ], so that without class weights it is the mean
/// over the examples that are not ignored.
///
/// - Parameters:
///   - logits: x, `[..., classes]`, any real numbers.
///   - labels: y, `[...]`, `int64`; a label outside of 0..<classes stops the evaluation.
///   - smoothing: ε in 0...1: the target is 1 − ε at the label plus ε / classes everywhere
///     (Szegedy et al. 2016, §7).
///   - classWeights: w, `[classes]`; ones where nil.
///   - ignoring: Examples with this label count nothing; PyTorch's default is −100, here none is
///     ignored unless it is named.
///   - weights: w of each example, in the shape of the labels or of its first axes; 1 where nil. They
///     multiply those of the classes, also in the mean.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func softmaxCrossEntropy(
  logits: Tensor, labels: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  ignoring: Int? = nil, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let logits = logits.inAutocastPrecision
  demandLogits("softmaxCrossEntropy", rows: logits)
  let labels = LabelSelection(
    "softmaxCrossEntropy", scores: logits, labels: labels, weights: classWeights, ignoring: ignoring
  )
  if smoothing == 0 { return labels.loss(logits: logits, weights: weights, reduction) }
  return labels.loss(
    logProbabilities: logSoftmax(logits), smoothing: smoothing, weights: weights, reduction)
}

/// Cross-entropy of distributions over the classes under softmax, in nats, PyTorch's `cross_entropy`
/// of probabilities: −Σ w[c] y[c] ln softmax(x)[c] for each example, mean over the examples.
///
/// - Parameters:
///   - logits: x, `[..., classes]`, any real numbers.
///   - targets: y, in the same shape, probabilities over the last axis.
///   - smoothing: ε in 0...1: the target is (1 − ε) y + ε / classes.
///   - classWeights: w, `[classes]`; ones where nil. The mean does not divide by them, as in PyTorch.
///   - weights: One for each example, `[...]` or its first axes; 1 where nil.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; `[...]` without reduction.
public func softmaxCrossEntropy(
  logits: Tensor, targets: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (logits, targets) = (logits.inAutocastPrecision, targets.inAutocastPrecision)
  demandLogits("softmaxCrossEntropy", rows: logits)
  demandEqualShapes("softmaxCrossEntropy", ("the logits", logits), ("the targets", targets))
  let classes = logits.shape.last ?? 1
  if let classWeights, classWeights.shape != [classes] {
    stop(
      "softmaxCrossEntropy: \(classes) classes need weights of shape [\(classes)], not "
        + "\(classWeights.shape)")
  }
  let spread = smoothing / Double(classes)
  let smooth = smoothing == 0 ? targets : (1 - smoothing) * targets + spread
  var terms = smooth * logSoftmax(logits)
  if let classWeights { terms = terms * classWeights }
  return reduction(-terms.sum(axes: [-1]), weights: weights)
}
