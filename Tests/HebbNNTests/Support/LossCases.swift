import HebbCore
import HebbNN
import HebbTestSupport

/// The inputs of a case of the golden `more_losses` in some precision.
struct LossInputs {
  let tensors: [String: Tensor]

  /// The input of that name; the case has it, or the test says so.
  subscript(name: String) -> Tensor { tensors[name] ?? .zeros([0]) }
  var input: Tensor { self["input"] }
  var target: Tensor { self["target"] }
  var other: Tensor { self["other"] }
}

/// A loss with the case of the golden `more_losses` that it must agree with, in value and gradients.
struct LossCase: Sendable, CustomStringConvertible {
  let name: String
  let loss: @Sendable (LossInputs) -> Tensor

  init(_ name: String, _ loss: @escaping @Sendable (LossInputs) -> Tensor) {
    self.name = name
    self.loss = loss
  }

  var description: String { name }

  static let all: [LossCase] =
    regression + classification + margins + metricLearning + segmentation + boxes + sequences
    + generative

  private static let regression: [LossCase] = [
    LossCase("rmse") { rootMeanSquaredError(predictions: $0.input, targets: $0.target) },
    LossCase("mse_none") {
      meanSquaredError(predictions: $0.input, targets: $0.target, reduction: .none)
    },
    LossCase("log_cosh") { logCosh(predictions: $0.input, targets: $0.target) },
    LossCase("mape") { meanAbsolutePercentageError(predictions: $0.input, targets: $0.target) },
    LossCase("msle") { meanSquaredLogarithmicError(predictions: $0.input, targets: $0.target) },
    LossCase("quantile") {
      quantileLoss(predictions: $0.input, targets: $0.target, quantile: 0.8)
    },
    LossCase("cosine") { cosineLoss(predictions: $0.input, targets: $0.target) },
    LossCase("sse_weighted") {
      sumOfSquaredErrors(predictions: $0.input, targets: $0.target, weights: $0["weight"])
    },
    LossCase("mse_weighted") {
      meanSquaredError(predictions: $0.input, targets: $0.target, weights: $0["weight"])
    },
    LossCase("l1_weighted") {
      meanAbsoluteError(predictions: $0.input, targets: $0.target, weights: $0["weight"])
    },
    LossCase("huber_weighted") {
      huber(predictions: $0.input, targets: $0.target, weights: $0["weight"])
    },
    LossCase("poisson") {
      poissonNegativeLogLikelihood(predictions: $0.input, targets: $0.target)
    },
    LossCase("poisson_full") {
      poissonNegativeLogLikelihood(
        predictions: $0.input, targets: $0.target, includingConstant: true)
    },
    LossCase("poisson_rate") {
      poissonNegativeLogLikelihood(
        predictions: $0.input, targets: $0.target, logarithmic: false, includingConstant: true)
    },
    LossCase("gaussian") {
      gaussianNegativeLogLikelihood(
        means: $0.input, targets: $0.target, variances: $0["variance"], epsilon: 1e-2)
    },
    LossCase("gaussian_full") {
      gaussianNegativeLogLikelihood(
        means: $0.input, targets: $0.target, variances: $0["variance"], includingConstant: true,
        epsilon: 1e-2)
    },
  ]

  private static let classification: [LossCase] = [
    LossCase("cross_entropy_soft") { softmaxCrossEntropy(logits: $0.input, targets: $0.target) },
    LossCase("cross_entropy_soft_all") {
      softmaxCrossEntropy(
        logits: $0.input, targets: $0.target, smoothing: 0.1, classWeights: $0["weight"])
    },
    LossCase("cross_entropy_sample_weights") {
      softmaxCrossEntropy(
        logits: $0.input, labels: $0.target, classWeights: $0["weight"], weights: $0["sample"])
    },
    LossCase("bce_pos_weight") {
      binaryCrossEntropy(
        logits: $0.input, targets: $0.target, positiveWeights: $0["weight"])
    },
    LossCase("bce_hundred") { binaryCrossEntropy(logits: $0.input, targets: $0.target) },
    LossCase("bce_probabilities") {
      binaryCrossEntropy(probabilities: $0.input, targets: $0.target)
    },
    LossCase("kl_log_target") {
      klDivergence(logProbabilities: $0.input, logTargets: $0.target)
    },
    LossCase("focal_sigmoid") { focalLoss(logits: $0.input, targets: $0.target) },
    LossCase("focal_softmax") { focalLoss(logits: $0.input, labels: $0.target, focus: 1.5) },
    LossCase("poly") { polyLoss(logits: $0.input, labels: $0.target, epsilon: 2) },
  ]

  private static let margins: [LossCase] = [
    LossCase("hinge") { hinge(scores: $0.input, signs: $0.target) },
    LossCase("squared_hinge") { hinge(scores: $0.input, signs: $0.target, squared: true) },
    LossCase("soft_margin") { softMargin(scores: $0.input, signs: $0.target) },
    LossCase("multi_margin") { multiClassHinge(scores: $0.input, labels: $0.target) },
    LossCase("multi_margin_all") {
      multiClassHinge(
        scores: $0.input, labels: $0.target, margin: 0.7, squared: true,
        classWeights: $0["weight"])
    },
    LossCase("multilabel_margin") {
      // PyTorch lists the right classes and ends with −1.
      let isRight = $0.target.oneHot(5, dtype: $0.input.dtype).sum(axes: [1])
      return multiLabelMargin(scores: $0.input, targets: isRight)
    },
  ]

  private static let metricLearning: [LossCase] = [
    LossCase("triplet") {
      tripletMargin(anchors: $0.input, positives: $0["near"], negatives: $0["far"])
    },
    LossCase("triplet_swap") {
      tripletMargin(
        anchors: $0.input, positives: $0["near"], negatives: $0["far"], margin: 2, swap: true)
    },
    LossCase("triplet_one") {
      tripletMargin(anchors: $0.input, positives: $0["near"], negatives: $0["far"], norm: 1)
    },
    LossCase("triplet_three") {
      tripletMargin(anchors: $0.input, positives: $0["near"], negatives: $0["far"], norm: 3)
    },
    LossCase("margin_ranking") {
      marginRanking($0.input, $0.other, signs: $0["pair"], margin: 0.5)
    },
    LossCase("cosine_embedding") {
      cosineEmbedding($0.input, $0.other, signs: $0["pair"], margin: -0.2)
    },
    LossCase("contrastive") { contrastive($0.input, $0.other, isSame: $0["same"], margin: 3) },
    LossCase("nt_xent") { normalizedTemperatureCrossEntropy($0.input, $0.other) },
    LossCase("circle") { circle(embeddings: $0.input, labels: $0.target, scale: 8) },
  ]

  private static let segmentation: [LossCase] = [
    LossCase("dice") { dice(probabilities: $0.input, targets: $0.target) },
    LossCase("generalized_dice") {
      generalizedDice(probabilities: $0.input, targets: $0.target)
    },
    LossCase("tversky") { tversky(probabilities: $0.input, targets: $0.target) },
    LossCase("iou") { intersectionOverUnion(probabilities: $0.input, targets: $0.target) },
  ]

  private static let boxes: [LossCase] = [
    LossCase("box_plain") {
      boxOverlapLoss(boxes: $0.input, targets: $0.target, overlap: .plain)
    },
    LossCase("box_generalized") { boxOverlapLoss(boxes: $0.input, targets: $0.target) },
    LossCase("box_distance") {
      boxOverlapLoss(boxes: $0.input, targets: $0.target, overlap: .distance)
    },
    LossCase("box_complete") {
      boxOverlapLoss(boxes: $0.input, targets: $0.target, overlap: .complete)
    },
    LossCase("box_offsets") {
      boxOffsetLoss(offsets: $0.input, targets: $0.target, mask: $0["mask"])
    },
    LossCase("multi_box") {
      multiBoxLoss(
        logits: $0.input, labels: $0["label"], offsets: $0["offset"], targets: $0.target,
        mask: $0["mask"])
    },
  ]

  private static func ctcLoss(
    _ x: LossInputs, _ reduction: Reduction, blank: Int = 0, zeroInfinity: Bool = false
  ) -> Tensor {
    ctc(
      logProbabilities: logSoftmax(x.input), labels: x.target, inputLengths: x["lengths"],
      labelLengths: x["label_lengths"], blank: blank, zeroInfinity: zeroInfinity,
      reduction: reduction)
  }

  private static let sequences: [LossCase] = [
    LossCase("ctc_mean") { ctcLoss($0, .mean) },
    LossCase("ctc_sum") { ctcLoss($0, .sum) },
    LossCase("ctc_none") { ctcLoss($0, .none) },
    LossCase("ctc_zero_infinity") { ctcLoss($0, .sum, blank: 4, zeroInfinity: true) },
    LossCase("masked_cross_entropy") {
      maskedCrossEntropy(logits: $0.input, labels: $0.target, lengths: $0["lengths"])
    },
  ]

  private static let generative: [LossCase] = [
    LossCase("gan_discriminator") {
      AdversarialLoss.minimax.discriminator(real: $0.input, fake: $0.other)
    },
    LossCase("gan_hinge") {
      AdversarialLoss.hinge.discriminator(real: $0.input, fake: $0.other)
    },
    LossCase("gan_wasserstein") {
      AdversarialLoss.wasserstein.discriminator(real: $0.input, fake: $0.other)
    },
    LossCase("gan_minimax") { AdversarialLoss.minimax.generator(fake: $0.input) },
    LossCase("gan_non_saturating") { AdversarialLoss.nonSaturating.generator(fake: $0.input) },
    LossCase("gradient_penalty") { x in
      gradientPenalty(real: x["real"], fake: x["fake"], shares: x["share"]) {
        matmul(tanh(matmul($0, x.input)), x["last"])
      }
    },
    LossCase("gaussian_kl") { gaussianDivergence(means: $0.input, logVariances: $0["logvar"]) },
    LossCase("gaussian_kl_pair") {
      gaussianDivergence(
        means: $0.input, logVariances: $0["logvar"], from: $0.other, $0["other_logvar"])
    },
    LossCase("gram") { gramMatrix($0.input) },
    LossCase("style") { styleLoss(features: $0.input, style: $0.target) },
    LossCase("total_variation") { totalVariation($0.input) },
    LossCase("penalties") {
      let simple = Penalty.l1(0.3)($0.input) + Penalty.l2(0.7)($0.input)
      return simple + Penalty.maximum(0.2)($0.input) + Penalty.elastic(0.4, ratio: 0.25)($0.input)
    },
    LossCase("renorm") { $0.input.clampingNorms(to: 1.5) },
  ]
}
