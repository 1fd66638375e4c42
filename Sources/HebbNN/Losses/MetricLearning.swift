import HebbCore

/// The triplet loss, mean over the examples: max(0, d(a, p) − d(a, n) + margin), PyTorch's
/// `triplet_margin_loss` (Schroff et al. 2015, without the squares).
///
/// - Parameters:
///   - anchors: a, `[..., components]`.
///   - positives: p, of the same classes as the anchors, in the same shape.
///   - negatives: n, of other classes, in the same shape.
///   - margin: By how much negatives should be farther away.
///   - norm: The power of the distance ‖x − y + 10⁻⁶‖.
///   - swap: Whether d(p, n) counts where it is the smaller one (Balntas et al. 2016).
///   - reduction: What becomes of the losses of the examples.
/// - Returns: A scalar; `[...]` without reduction.
public func tripletMargin(
  anchors: Tensor, positives: Tensor, negatives: Tensor, margin: Double = 1, norm: Double = 2,
  swap: Bool = false, reduction: Reduction = .mean
) -> Tensor {
  let (anchors, positives, negatives) = (
    anchors.inAutocastPrecision, positives.inAutocastPrecision, negatives.inAutocastPrecision
  )
  demandEqualShapes(
    "tripletMargin", ("the anchors", anchors), ("the positives", positives),
    ("the negatives", negatives))
  let near = distance(anchors, positives, norm)
  var far = distance(anchors, negatives, norm)
  if swap { far = minimum(far, distance(positives, negatives, norm)) }
  return reduction(relu(near - far + margin))
}

/// The contrastive loss of pairs, mean over the pairs: (y d² + (1 − y) max(0, margin − d)²) / 2 with
/// d = ‖a − b‖ (Hadsell, Chopra & LeCun 2006, with y = 1 for pairs of one class).
///
/// - Parameters:
///   - first: a, `[..., components]`.
///   - second: b, in the same shape.
///   - isSame: y, `[...]`: 1 for pairs of one class, 0 for others.
///   - margin: The distance that pairs of two classes should have.
///   - reduction: What becomes of the losses of the pairs.
/// - Returns: A scalar; `[...]` without reduction.
public func contrastive(
  _ first: Tensor, _ second: Tensor, isSame: Tensor, margin: Double = 1,
  reduction: Reduction = .mean
) -> Tensor {
  let (first, second, isSame) = (
    first.inAutocastPrecision, second.inAutocastPrecision, isSame.inAutocastPrecision
  )
  demandEqualShapes("contrastive", ("the first", first), ("the second", second))
  let d = distance(first, second, 2)
  demandEqualShapes("contrastive", ("the distances", d), ("the labels of the pairs", isSame))
  let pull = isSame * square(d)
  let push = (1 - isSame) * square(relu(margin - d))
  return reduction(0.5 * (pull + push))
}

/// The loss of scores in the wrong order, mean over all pairs: max(0, margin − y (a − b)), PyTorch's
/// `margin_ranking_loss`.
///
/// - Parameters:
///   - first: a, any shape.
///   - second: b, in the same shape.
///   - signs: y, in the same shape: 1 where a should be larger, −1 where b should.
///   - margin: By how much.
///   - reduction: What becomes of the losses of the pairs.
/// - Returns: A scalar; the shape of a without reduction.
public func marginRanking(
  _ first: Tensor, _ second: Tensor, signs: Tensor, margin: Double = 0,
  reduction: Reduction = .mean
) -> Tensor {
  let (first, second, signs) = (
    first.inAutocastPrecision, second.inAutocastPrecision, signs.inAutocastPrecision
  )
  demandEqualShapes("marginRanking", ("the first", first), ("the second", second), ("signs", signs))
  return reduction(relu(margin - signs * (first - second)))
}

/// The loss of angles, mean over the pairs: 1 − cos(a, b) where y = 1, max(0, cos(a, b) − margin)
/// where y = −1, PyTorch's `cosine_embedding_loss`.
///
/// - Parameters:
///   - first: a, `[..., components]`.
///   - second: b, in the same shape.
///   - signs: y, `[...]`: 1 or −1.
///   - margin: The cosine that unlike pairs may have.
///   - reduction: What becomes of the losses of the pairs.
/// - Returns: A scalar; `[...]` without reduction.
public func cosineEmbedding(
  _ first: Tensor, _ second: Tensor, signs: Tensor, margin: Double = 0,
  reduction: Reduction = .mean
) -> Tensor {
  let (first, second, signs) = (
    first.inAutocastPrecision, second.inAutocastPrecision, signs.inAutocastPrecision
  )
  demandEqualShapes("cosineEmbedding", ("the first", first), ("the second", second))
  func squared(_ x: Tensor) -> Tensor { square(x).sum(axes: [-1]) + 1e-12 }
  let cosine = (first * second).sum(axes: [-1]) / sqrt(squared(first) * squared(second))
  demandEqualShapes("cosineEmbedding", ("the cosines", cosine), ("the signs", signs))
  return reduction(select(signs .> 0, 1 - cosine, relu(cosine - margin)))
}

/// The normalized, temperature-scaled cross-entropy of two views of each example, mean over all 2 n
/// views: each has to find its partner among the other 2 n − 1 (Chen et al. 2020, equation 1).
///
/// - Parameters:
///   - first: One view of each example, `[n, components]`.
///   - second: The other view, in the same shape.
///   - temperature: What the cosines are divided by.
/// - Returns: A scalar, in nats.
public func normalizedTemperatureCrossEntropy(
  _ first: Tensor, _ second: Tensor, temperature: Double = 0.5
) -> Tensor {
  let (first, second) = (first.inAutocastPrecision, second.inAutocastPrecision)
  let name = "normalizedTemperatureCrossEntropy"
  demandEqualShapes(name, ("the first", first), ("the second", second))
  guard first.rank == 2 else { stop("\(name): views are [n, components], not \(first.shape)") }
  let n = first.shape[0]
  let views = normalized(concatenate([first, second]), 1e-12)
  let cosines = matmul(views, views.transposed()) * (1 / temperature)
  let rows = Tensor.range(2 * n)
  let isSelf = rows.expandingShape(at: -1) .== rows
  let logits = select(isSelf, cosines.filled(with: impossible), cosines)
  return softmaxCrossEntropy(logits: logits, labels: remainder(rows + Double(n), Double(2 * n)))
}

/// The circle loss of all pairs in a batch: ln(1 + Σ e^(γ αₙ (sₙ − m)) Σ e^(−γ αₚ (sₚ − 1 + m))) over
/// the cosines sₚ of pairs of one class and sₙ of others, with αₚ = max(0, 1 + m − sₚ) and
/// αₙ = max(0, sₙ + m), which are not differentiated (Sun et al. 2020, equations 5 to 8).
///
/// - Parameters:
///   - embeddings: `[n, components]`.
///   - labels: `[n]`, `int64`.
///   - margin: m.
///   - scale: γ.
/// - Returns: A scalar.
public func circle(
  embeddings: Tensor, labels: Tensor, margin: Double = 0.25, scale: Double = 256
) -> Tensor {
  let embeddings = embeddings.inAutocastPrecision
  guard embeddings.rank == 2, labels.shape == [embeddings.shape[0]] else {
    stop(
      "circle: embeddings are [n, components] and labels [n], not \(embeddings.shape) and "
        + "\(labels.shape)")
  }
  let unit = normalized(embeddings, 1e-12)
  let cosines = matmul(unit, unit.transposed())
  let rows = Tensor.range(labels.count)
  let isPair = rows.expandingShape(at: -1) .< rows
  let isSame = labels.expandingShape(at: -1) .== labels
  let nearness = stopGradient(relu(cosines + margin)) * (cosines - margin)
  let farness = stopGradient(relu(1 + margin - cosines)) * (cosines - (1 - margin))
  let none = cosines.filled(with: impossible)
  let negatives = select(isPair .& (.!isSame), scale * nearness, none)
  let positives = select(isPair .& isSame, -scale * farness, none)
  return softplus(logSumExp(negatives, axes: [0, 1]) + logSumExp(positives, axes: [0, 1]))
}

/// ‖x − y + 10⁻⁶‖ₚ over the last axis, PyTorch's `pairwise_distance`.
private func distance(_ x: Tensor, _ y: Tensor, _ norm: Double) -> Tensor {
  let difference = x - y + 1e-6
  if norm == 2 { return sqrt(square(difference).sum(axes: [-1])) }
  if norm == 1 { return abs(difference).sum(axes: [-1]) }
  return power(power(abs(difference), norm).sum(axes: [-1]), 1 / norm)
}

/// The logarithm of the probability of what cannot be: e to it is 0, and sums of some of them are
/// finite in single precision.
let impossible = -1e30
