import HebbCore

/// The focal loss of independent classes, mean over all elements: −α (1 − p)ᵞ ln p with p the
/// probability that the logistic function gives to the truth, so that easy examples count little
/// (Lin et al. 2017, equation 5).
///
/// - Parameters:
///   - logits: x, any shape.
///   - targets: y, 0 or 1, in the same shape.
///   - balance: α for y = 1, 1 − α for y = 0; none where nil.
///   - focus: γ; 0 gives the binary cross-entropy.
///   - weights: One for each element, or for each example as `[batch]`; 1 where nil.
///   - reduction: What becomes of the losses of the elements.
/// - Returns: A scalar; the shape of x without reduction.
public func focalLoss(
  logits: Tensor, targets: Tensor, balance: Double? = 0.25, focus: Double = 2,
  weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let (logits, targets) = (logits.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("focalLoss", ("the logits", logits), ("the targets", targets))
  let entropy = binaryCrossEntropy(logits: logits, targets: targets, reduction: .none)
  // 1 − p without the cancellation: the probability of the other answer.
  let missed = targets * sigmoid(-logits) + (1 - targets) * sigmoid(logits)
  var losses = entropy * power(missed, focus)
  if let balance { losses = losses * (balance * targets + (1 - balance) * (1 - targets)) }
  return reduction(losses, weights: weights)
}

/// The focal loss of classes that exclude each other, mean over the examples: −(1 − p)ᵞ ln p with p
/// the label's probability under softmax.
///
/// - Parameters:
///   - logits: x, `[..., classes]`.
///   - labels: `[...]`, `int64`.
///   - focus: γ; 0 gives the cross-entropy.
///   - weights: One for each example; 1 where nil.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func focalLoss(
  logits: Tensor, labels: Tensor, focus: Double = 2, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let logits = logits.inAutocastPrecision
  let entropy = softmaxCrossEntropy(logits: logits, labels: labels, reduction: .none)
  let missed = -expMinusOne(-entropy)
  return reduction(power(missed, focus) * entropy, weights: weights)
}

/// The first polynomial loss, cross-entropy plus ε (1 − p) with p the label's probability, mean over
/// the examples (Leng et al. 2022, equation 5).
///
/// - Parameters:
///   - logits: x, `[..., classes]`.
///   - labels: `[...]`, `int64`.
///   - epsilon: ε, how much the first coefficient of the cross-entropy's series grows.
///   - weights: One for each example; 1 where nil.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func polyLoss(
  logits: Tensor, labels: Tensor, epsilon: Double = 1, weights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let logits = logits.inAutocastPrecision
  let entropy = softmaxCrossEntropy(logits: logits, labels: labels, reduction: .none)
  return reduction(entropy - epsilon * expMinusOne(-entropy), weights: weights)
}
