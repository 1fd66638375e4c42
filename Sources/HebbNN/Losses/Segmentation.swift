import HebbCore

/// The Dice loss, 1 − (2 Σ x y + s) / (Σ x + Σ y + s) for each class of each picture, mean over all
/// (Milletari et al. 2016, without the squares below).
///
/// - Parameters:
///   - probabilities: x in 0...1, `[batch, classes, ...]`; sums go over all axes after the second.
///   - targets: y, 0 or 1, in the same shape.
///   - smoothing: s, which makes a class that is neither there nor predicted a match.
///   - reduction: What becomes of the losses.
/// - Returns: A scalar; `[batch, classes]` without reduction.
public func dice(
  probabilities: Tensor, targets: Tensor, smoothing: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  let (probabilities, targets) = (probabilities.inAutocastPrecision, targets.inAutocastPrecision)
  let areas = Areas("dice", probabilities, targets)
  let total = areas.predicted + areas.actual + smoothing
  return reduction(1 - (2 * areas.common + smoothing) / total)
}

/// The generalized Dice loss of each picture, 1 − 2 Σ w Σ x y / Σ w (Σ x + Σ y) with the outer sums over
/// the classes and w = 1 / max(Σ y, 1)², so that small classes count as much as large ones; mean over
/// the pictures (Sudre et al. 2017).
///
/// - Parameters:
///   - probabilities: x in 0...1, `[batch, classes, ...]`.
///   - targets: y, 0 or 1, in the same shape. A class that is not there weighs as one of one pixel.
///   - reduction: What becomes of the losses.
/// - Returns: A scalar; `[batch]` without reduction.
public func generalizedDice(
  probabilities: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
  let (probabilities, targets) = (probabilities.inAutocastPrecision, targets.inAutocastPrecision)
  let areas = Areas("generalizedDice", probabilities, targets)
  let weights = 1 / square(maximum(areas.actual, 1))
  let common = (weights * areas.common).sum(axes: [1])
  let total = (weights * (areas.predicted + areas.actual)).sum(axes: [1])
  return reduction(1 - 2 * common / total)
}

/// The Tversky loss, 1 − (T + s) / (T + α F₊ + β F₋ + s) for each class of each picture with T = Σ x y,
/// F₊ = Σ x (1 − y), F₋ = Σ (1 − x) y, mean over all (Salehi et al. 2017); α = β = 1/2 is the Dice
/// loss of 2 s, α = β = 1 intersection over union.
///
/// - Parameters:
///   - probabilities: x in 0...1, `[batch, classes, ...]`.
///   - targets: y, 0 or 1, in the same shape.
///   - alpha: α, what predictions outside of the target cost.
///   - beta: β, what parts of the target without prediction cost.
///   - smoothing: s.
///   - reduction: What becomes of the losses.
/// - Returns: A scalar; `[batch, classes]` without reduction.
public func tversky(
  probabilities: Tensor, targets: Tensor, alpha: Double = 0.3, beta: Double = 0.7,
  smoothing: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  let (probabilities, targets) = (probabilities.inAutocastPrecision, targets.inAutocastPrecision)
  let areas = Areas("tversky", probabilities, targets)
  let excess = alpha * (areas.predicted - areas.common)
  let lack = beta * (areas.actual - areas.common)
  let total = areas.common + excess + lack + smoothing
  return reduction(1 - (areas.common + smoothing) / total)
}

/// One minus intersection over union (Jaccard), 1 − (I + s) / (Σ x + Σ y − I + s) with I = Σ x y, for
/// each class of each picture, mean over all.
///
/// - Parameters:
///   - probabilities: x in 0...1, `[batch, classes, ...]`.
///   - targets: y, 0 or 1, in the same shape.
///   - smoothing: s.
///   - reduction: What becomes of the losses.
/// - Returns: A scalar; `[batch, classes]` without reduction.
public func intersectionOverUnion(
  probabilities: Tensor, targets: Tensor, smoothing: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  tversky(
    probabilities: probabilities, targets: targets, alpha: 1, beta: 1, smoothing: smoothing,
    reduction: reduction)
}

/// The sums over the pixels that the losses of segmentation share, `[batch, classes]`.
private struct Areas {
  let common, predicted, actual: Tensor

  init(_ loss: String, _ x: Tensor, _ y: Tensor) {
    demandEqualShapes(loss, ("the probabilities", x), ("the targets", y))
    guard x.rank >= 3 else {
      stop("\(loss): probabilities are [batch, classes, ...] with pixels, not \(x.shape)")
    }
    let pixels = Array(2..<x.rank)
    common = (x * y).sum(axes: pixels)
    predicted = x.sum(axes: pixels)
    actual = y.sum(axes: pixels)
  }
}
