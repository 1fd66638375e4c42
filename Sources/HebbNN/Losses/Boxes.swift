import HebbCore

/// How far the overlap of two boxes is from a perfect one.
public enum BoxOverlap: Sendable, Hashable {
  /// 1 − intersection over union; no slope where boxes are apart.
  case plain
  /// Plus the part of the common hull that neither covers (Rezatofighi et al. 2019).
  case generalized
  /// Plus the squared distance of the centers over that of the hull's corners (Zheng et al. 2020).
  case distance
  /// `distance` plus the difference of the aspect ratios (Zheng et al. 2020, equation 10).
  case complete
}

/// The loss of boxes, mean over the boxes: 1 − intersection over union, with the terms of `overlap`.
///
/// - Parameters:
///   - boxes: Predictions, `[..., 4]`: left, top, right, bottom with left < right and top < bottom.
///   - targets: In the same shape.
///   - overlap: Which of the four losses it is.
///   - epsilon: Keeps divisions by areas finite.
///   - reduction: What becomes of the losses of the boxes.
/// - Returns: A scalar; `[...]` without reduction.
public func boxOverlapLoss(
  boxes: Tensor, targets: Tensor, overlap: BoxOverlap = .generalized, epsilon: Double = 1e-7,
  reduction: Reduction = .mean
) -> Tensor {
  let (boxes, targets) = (boxes.inAutocastPrecision, targets.inAutocastPrecision)
  demandEqualShapes("boxOverlapLoss", ("the boxes", boxes), ("the targets", targets))
  guard boxes.shape.last == 4 else {
    stop("boxOverlapLoss: boxes are [..., 4], not \(boxes.shape)")
  }
  let (a, b) = (Corners(boxes), Corners(targets))
  let common = a.intersection(b)
  let union = a.area + b.area - common
  let ratio = common / (union + epsilon)
  let hull = a.hull(b)
  switch overlap {
  case .plain: return reduction(1 - ratio)
  case .generalized:
    let empty = (hull.area - union) / (hull.area + epsilon)
    return reduction(1 - ratio + empty)
  case .distance:
    return reduction(1 - ratio + centerDistance(a, b, hull, epsilon))
  case .complete:
    let difference = arctangent(b.width / b.height) - arctangent(a.width / a.height)
    let aspect = (4 / (Double.pi * Double.pi)) * square(difference)
    let share = stopGradient(aspect / (1 - ratio + aspect + epsilon))
    return reduction(1 - ratio + centerDistance(a, b, hull, epsilon) + share * aspect)
  }
}

/// The squared distance of the centers over the squared diagonal of the hull.
private func centerDistance(_ a: Corners, _ b: Corners, _ hull: Corners, _ epsilon: Double)
  -> Tensor
{
  let dx = 0.5 * (a.left + a.right - b.left - b.right)
  let dy = 0.5 * (a.top + a.bottom - b.top - b.bottom)
  return (square(dx) + square(dy)) / (square(hull.width) + square(hull.height) + epsilon)
}

private struct Corners {
  let left, top, right, bottom: Tensor

  init(_ boxes: Tensor) {
    func side(_ i: Int) -> Tensor { boxes.slice(axis: -1, i..<i + 1).squeezingShape(at: -1) }
    (left, top, right, bottom) = (side(0), side(1), side(2), side(3))
  }

  init(_ left: Tensor, _ top: Tensor, _ right: Tensor, _ bottom: Tensor) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  var width: Tensor { right - left }
  var height: Tensor { bottom - top }
  var area: Tensor { width * height }

  func intersection(_ other: Corners) -> Tensor {
    let width = relu(minimum(right, other.right) - maximum(left, other.left))
    let height = relu(minimum(bottom, other.bottom) - maximum(top, other.top))
    return width * height
  }

  func hull(_ other: Corners) -> Corners {
    Corners(
      minimum(left, other.left), minimum(top, other.top), maximum(right, other.right),
      maximum(bottom, other.bottom))
  }
}

/// The arctangent of x ≥ 0: π/4 + arctan((x − 1) / (x + 1)), where two half-angle steps bring the
/// argument below 0.2, and nine terms of the series leave 10⁻¹⁵.
private func arctangent(_ x: Tensor) -> Tensor {
  func halved(_ t: Tensor) -> Tensor { t / (1 + sqrt(1 + square(t))) }
  let t = halved(halved((x - 1) / (x + 1)))
  let squared = square(t)
  var series = t.filled(with: 1.0 / 19)
  for n in stride(from: 17, through: 1, by: -2) { series = 1 / Double(n) - squared * series }
  return Double.pi / 4 + 4 * (t * series)
}

/// The smooth L1 loss of the offsets from anchors to boxes, over the anchors that have a box, divided
/// by their number (Girshick 2015; Liu et al. 2016, equation 2).
///
/// - Parameters:
///   - offsets: Predicted, `[..., 4]`.
///   - targets: In the same shape.
///   - mask: 1 for offsets that count, 0 for anchors in the background, in the same shape.
///   - beta: Where the square ends.
/// - Returns: A scalar: Σ loss over at least one quarter of the mask's sum.
public func boxOffsetLoss(
  offsets: Tensor, targets: Tensor, mask: Tensor, beta: Double = 1
) -> Tensor {
  let (offsets, targets, mask) = (
    offsets.inAutocastPrecision, targets.inAutocastPrecision, mask.inAutocastPrecision
  )
  demandEqualShapes(
    "boxOffsetLoss", ("the offsets", offsets), ("the targets", targets), ("the mask", mask))
  let losses = smoothL1(predictions: offsets, targets: targets, beta: beta, reduction: .none)
  return (losses * mask).sum() / maximum(0.25 * mask.sum(), 1)
}

/// The loss of a single-shot detector for each picture: the mean cross-entropy of its anchors plus the
/// mean absolute error of their masked offsets ("Dive into Deep Learning" §14.7.2).
///
/// - Parameters:
///   - logits: Scores of the classes, `[batch, anchors, classes]`, class 0 the background.
///   - labels: `[batch, anchors]`, `int64`.
///   - offsets: Predicted, `[batch, 4 · anchors]`.
///   - targets: In the same shape.
///   - mask: 1 for offsets of anchors with an object, 0 else, in the same shape.
///   - reduction: What becomes of the losses of the pictures.
/// - Returns: A scalar; `[batch]` without reduction.
public func multiBoxLoss(
  logits: Tensor, labels: Tensor, offsets: Tensor, targets: Tensor, mask: Tensor,
  reduction: Reduction = .mean
) -> Tensor {
  let (logits, offsets, targets, mask) = (
    logits.inAutocastPrecision, offsets.inAutocastPrecision, targets.inAutocastPrecision,
    mask.inAutocastPrecision
  )
  demandEqualShapes(
    "multiBoxLoss", ("the offsets", offsets), ("the targets", targets), ("the mask", mask))
  let classes = softmaxCrossEntropy(logits: logits, labels: labels, reduction: .none)
  let boxes = abs((offsets - targets) * mask)
  return reduction(classes.mean(axes: [1]) + boxes.mean(axes: Array(1..<boxes.rank)))
}
