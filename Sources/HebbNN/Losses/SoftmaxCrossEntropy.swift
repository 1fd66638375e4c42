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
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func softmaxCrossEntropy(
  logits: Tensor, labels: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  ignoring: Int? = nil, reduction: Reduction = .mean
) -> Tensor {
  let labels = LabelSelection(
    "softmaxCrossEntropy", scores: logits, labels: labels, weights: classWeights, ignoring: ignoring
  )
  return labels.loss(logProbabilities: logSoftmax(logits), smoothing: smoothing, reduction)
}
