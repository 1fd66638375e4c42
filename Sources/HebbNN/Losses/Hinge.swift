import HebbCore

/// The hinge loss, mean over all elements: max(0, 1 − y x).
///
/// - Parameters:
///   - scores: x, any shape.
///   - signs: y, −1 or 1, in the same shape.
///   - squared: Whether the losses are squared, for a smooth one.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func hinge(
  scores: Tensor, signs: Tensor, squared: Bool = false, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (scores, signs) = (scores.inAutocastPrecision, signs.inAutocastPrecision)
  demandEqualShapes("hinge", ("the scores", scores), ("the signs", signs))
  let losses = relu(1 - signs * scores)
  return reduction(squared ? square(losses) : losses, weights: weights)
}

/// The hinge loss of several classes: Σ w[y] max(0, margin − x[y] + x[c])ᵖ / classes over the classes
/// c ≠ y, mean over the examples, PyTorch's `multi_margin_loss`.
///
/// - Parameters:
///   - scores: x, `[..., classes]`.
///   - labels: y, `[...]`, `int64`.
///   - margin: By how much the label's score should be above the others.
///   - squared: Whether p is 2; 1 else.
///   - classWeights: w, `[classes]`; ones where nil.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func multiClassHinge(
  scores: Tensor, labels: Tensor, margin: Double = 1, squared: Bool = false,
  classWeights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let scores = scores.inAutocastPrecision
  let classes = scores.shape.last ?? 1
  let indices = LabelSelection(
    "multiClassHinge", scores: scores, labels: labels, weights: classWeights, ignoring: nil)
  let own = indices.selected(from: scores)
  var losses = relu(margin - own + scores)
  if squared { losses = square(losses) }
  let others = 1 - labels.oneHot(classes, dtype: scores.dtype)
  var sums = (losses * others).sum(axes: [-1]) * (1 / Double(classes))
  if let classWeights { sums = sums * classWeights.gathering(labels) }
  return reduction(sums)
}

/// The hinge loss of several right classes: Σ max(0, 1 − x[y] + x[c]) / classes over the right
/// classes y and the wrong ones c, mean over the examples, PyTorch's `multilabel_margin_loss`.
///
/// - Parameters:
///   - scores: x, `[..., classes]`.
///   - targets: 1 for right classes and 0 for wrong ones, in the same shape (PyTorch has indices).
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; `[...]` without reduction.
public func multiLabelMargin(
  scores: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
  let (scores, targets) = (scores.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("multiLabelMargin", ("the scores", scores), ("the targets", targets))
  let classes = scores.shape.last ?? 1
  let right = targets.expandingShape(at: -1)
  let wrong = (1 - targets).expandingShape(at: -2)
  let gaps = relu(1 - scores.expandingShape(at: -1) + scores.expandingShape(at: -2))
  return reduction((gaps * right * wrong).sum(axes: [-2, -1]) * (1 / Double(classes)))
}

/// The logistic form of the hinge: ln(1 + e^(−y x)), mean over all elements, PyTorch's
/// `soft_margin_loss`.
///
/// - Parameters:
///   - scores: x, any shape.
///   - signs: y, −1 or 1, in the same shape.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func softMargin(scores: Tensor, signs: Tensor, reduction: Reduction = .mean) -> Tensor {
  let (scores, signs) = (scores.inAutocastPrecision, signs.inAutocastPrecision)
  demandEqualShapes("softMargin", ("the scores", scores), ("the signs", signs))
  return reduction(softplus(-(signs * scores)))
}
