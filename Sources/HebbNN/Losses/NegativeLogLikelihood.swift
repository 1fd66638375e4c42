import HebbCore

/// The negative logarithm of the label's probability, −w[y] x[y] for each example, PyTorch's
/// `nll_loss`; the mean is Σ lossₙ / Σ w[yₙ].
///
/// - Parameters:
///   - logProbabilities: x, `[..., classes]`, as `logSoftmax` gives them.
///   - labels: y, `[...]`, `int64`; a label outside of 0..<classes stops the evaluation.
///   - classWeights: w, `[classes]`; ones where nil.
///   - ignoring: Examples with this label count nothing; none where nil.
///   - weights: One for each example, in the shape of the labels or of its first axes; 1 where nil.
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; the shape of the labels without reduction.
public func negativeLogLikelihood(
  logProbabilities: Tensor, labels: Tensor, classWeights: Tensor? = nil, ignoring: Int? = nil,
  weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let logProbabilities = logProbabilities.inAutocastPrecision
  let labels = LabelSelection(
    "negativeLogLikelihood", scores: logProbabilities, labels: labels, weights: classWeights,
    ignoring: ignoring)
  return labels.loss(
    logProbabilities: logProbabilities, smoothing: 0, weights: weights, reduction)
}

/// Labels with their weights: which element of each row of scores a loss takes, and how much it
/// counts.
struct LabelSelection {
  /// Labels with a last axis of size 1; ignored ones point at class 0.
  private let indices: Tensor
  /// The weight of each example, 0 where ignored; nil where all count 1.
  private let exampleWeights: Tensor?
  /// The weight of each class; nil where all count 1.
  private let classWeights: Tensor?
  /// 1 where the example counts, 0 where it is ignored; nil where all count.
  private let counted: Tensor?

  init(_ loss: String, scores: Tensor, labels: Tensor, weights: Tensor?, ignoring: Int?) {
    let classes = scores.shape.last ?? 0
    guard scores.rank >= 1, scores.shape.dropLast().elementsEqual(labels.shape) else {
      stop(
        "\(loss): scores of shape \(scores.shape) need labels of shape "
          + "\(Shape(scores.shape.dropLast())), these have \(labels.shape)")
    }
    guard labels.dtype == .int64 else {
      stop("\(loss): labels are int64, not \(labels.dtype); cast them, as in y.cast(to: .int64)")
    }
    if let weights, weights.shape != [classes] {
      stop("\(loss): \(classes) classes need weights of shape [\(classes)], not \(weights.shape)")
    }
    classWeights = weights
    var safe = labels
    if let ignoring {
      let isCounted = labels .!= Double(ignoring)
      safe = select(isCounted, labels, labels.filled(with: 0))
      counted = isCounted.cast(to: scores.dtype)
    } else {
      counted = nil
    }
    indices = safe.expandingShape(at: -1)
    var weight = weights.map { $0.gathering(safe) }
    if let counted { weight = weight.map { $0 * counted } ?? counted }
    exampleWeights = weight
  }

  /// x[y] of each example, the last axis of size 1.
  func selected(from scores: Tensor) -> Tensor { scores.takingAlong(indices, axis: -1) }

  /// w[y] (ln Σ eˣ − x[y]), reduced: the negative logarithm of the label's probability under softmax.
  func loss(logits x: Tensor, weights: Tensor? = nil, _ reduction: Reduction) -> Tensor {
    let losses = logSumExp(x, less: selected(from: x))
    return reduced(losses.squeezingShape(at: -1), weights, reduction)
  }

  /// (1 − ε) · −w[y] x[y] + ε / classes · Σ −w[c] x[c], reduced.
  func loss(
    logProbabilities x: Tensor, smoothing: Double, weights: Tensor? = nil, _ reduction: Reduction
  ) -> Tensor {
    let losses = -selected(from: x).squeezingShape(at: -1)
    var spread: Tensor?
    if smoothing != 0 {
      let weighted = classWeights.map { x * $0 } ?? x
      let mean = -weighted.mean(axes: [-1])
      spread = smoothing * (counted.map { mean * $0 } ?? mean)
    }
    return reduced(losses, weights, reduction, smoothing, spread)
  }

  /// The losses of the labels times the weights of the examples, and what is spread over all classes.
  private func reduced(
    _ losses: Tensor, _ weights: Tensor?, _ reduction: Reduction, _ smoothing: Double = 0,
    _ spread: Tensor? = nil
  ) -> Tensor {
    var losses = losses
    if let exampleWeights { losses = losses * exampleWeights }
    if let spread { losses = (1 - smoothing) * losses + spread }
    guard reduction == .mean, let exampleWeights else { return reduction(losses, weights: weights) }
    let total = Reduction.sum(exampleWeights, weights: weights)
    return Reduction.sum(losses, weights: weights) / total
  }
}
