import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// What the textbooks say about losses, shown in small.
@Suite struct LossDemonstrationTests {
  static func vector(_ numbers: [Double]) -> Tensor { Tensor(numbers) }

  @Test func weightedSumOfSquares() {
    let (x, y) = (Self.vector([1, 2, 3]), Self.vector([0, 4, 3.5]))
    let weights = Self.vector([1, 0.5, 8])
    #expect(sumOfSquaredErrors(predictions: x, targets: y).item() == 5.25)
    #expect(sumOfSquaredErrors(predictions: x, targets: y, weights: weights).item() == 5)
    #expect(meanSquaredError(predictions: x, targets: y).item() == 1.75)
    expectClose(
      [rootMeanSquaredError(predictions: x, targets: y).item()], [1.3228756555322954],
      within: 1e-15)
  }

  /// Weights of the first axis count all that belongs to it; others stop.
  @Test func weightsOfExamplesSpread() async {
    let (x, y) = (Tensor.sample([3, 2, 2], 1), Tensor.sample([3, 2, 2], 2))
    let only = meanSquaredError(predictions: x, targets: y, weights: [0, 1, 0])
    expectClose(only, meanSquaredError(predictions: x[1], targets: y[1]), within: 1e-6)
    await #expect(processExitsWith: .failure) {
      _ = meanSquaredError(
        predictions: .zeros([3, 2]), targets: .zeros([3, 2]), weights: .zeros([2]))
    }
  }

  /// Equal probabilities of ten classes cost ln 10, of two ln 2.
  @Test func ignoranceCostsTheLogarithmOfTheClasses() {
    let ten = softmaxCrossEntropy(
      logits: .zeros([4, 10], dtype: .float64), labels: Tensor([0, 3, 9, 5]))
    expectClose([ten.item()], [2.302585092994046], within: 1e-15)
    let soft = softmaxCrossEntropy(
      logits: .zeros([1, 2], dtype: .float64), targets: Tensor([0.3, 0.7], shape: [1, 2]))
    expectClose([soft.item()], [0.6931471805599453], within: 1e-15)
  }

  /// The slope of softmax and cross-entropy together is y − t: the loss was made for that.
  @Test func theSlopeOfSoftmaxWithCrossEntropyIsTheDifference() {
    let logits = Tensor.sample([5, 4], 1, dtype: .float64, scale: 3).source()
    let labels = Tensor([0, 3, 1, 1, 2])
    let loss = softmaxCrossEntropy(logits: logits, labels: labels, reduction: .sum)
    let difference = softmax(logits) - labels.oneHot(4, dtype: .float64)
    expectClose(gradients(of: loss, for: [logits])[0], difference, within: 1e-12)
  }

  /// The negative log-likelihood of what softmax says is the cross-entropy.
  @Test func likelihoodIsCrossEntropy() {
    let (logits, labels) = (Tensor.sample([6, 5], 2), Tensor.sampleIndices([6], below: 5, 3))
    expectClose(
      negativeLogLikelihood(logProbabilities: logSoftmax(logits), labels: labels),
      softmaxCrossEntropy(logits: logits, labels: labels), within: 1e-6)
  }

  /// From logits (−10, 10) with the first class right, the squared error of the probabilities has no
  /// slope to go by, cross-entropy has; after 100 steps only it has learned.
  @Test func crossEntropyIsEasierThanSquares() {
    let target = Tensor([1, 0] as [Double], shape: [1, 2])
    let entropy = { (x: Tensor) in softmaxCrossEntropy(logits: x, targets: target) }
    let squares = { (x: Tensor) in
      meanSquaredError(predictions: softmax(x), targets: target)
    }
    let start = Tensor([-10, 10] as [Double], shape: [1, 2])
    func steepness(_ f: (Tensor) -> Tensor) -> Double {
      sqrt(square(gradient(at: start, of: f)).sum()).item()
    }
    #expect(steepness(squares) < 1e-3 * steepness(entropy))
    func trained(_ f: (Tensor) -> Tensor) -> Double {
      var x = start
      for _ in 0..<100 { x = (x - gradient(at: x, of: f)).evaluated() }
      return softmax(x).doubles()[0]
    }
    #expect(trained(entropy) > 0.9)
    #expect(trained(squares) < 1e-6)
  }

  /// Accuracy is a staircase: nearly nowhere has it a slope that one could follow, unlike the loss.
  @Test func accuracyIsNoLoss() {
    let x = Tensor.sample([100], 1, dtype: .float64)
    let y = (x + 0.5 * Tensor.sample([100], 2, dtype: .float64) .> 0.3).cast(to: .float64)
    let points = (Tensor.range(1000, dtype: .float64) * 0.006 - 3).expandingShape(at: -1)
    func hits(_ w: Tensor) -> Tensor {
      ((x + w .> 0).cast(to: .float64) .== y).cast(to: .float64).mean(axes: [1])
    }
    func losses(_ w: Tensor) -> Tensor {
      let logits = x + w
      let targets = y.broadcast(to: logits.shape)
      return binaryCrossEntropy(logits: logits, targets: targets, reduction: .none).mean(axes: [1])
    }
    func flat(_ f: (Tensor) -> Tensor) -> Double {
      let slopes = (f(points + 1e-5) - f(points - 1e-5)).doubles()
      return Double(slopes.count { abs($0) < 1e-12 }) / 1000
    }
    #expect(flat(hits) > 0.99)
    #expect(flat(losses) < 0.01)
    #expect(Set(hits(points).doubles()).count > 10)
  }

  /// The closed form of the divergence against a million samples.
  @Test func divergenceAgainstSamples() {
    let (mean, deviation) = (0.7, 0.6)
    let z = Tensor.normal([1_000_000], dtype: .float64, using: PhiloxGenerator(seed: 3))
    let x = mean + deviation * z
    let logRatio = 0.5 * square(x) - 0.5 * square(z) - Tensor(deviation, dtype: .float64).log()
    let closed = gaussianDivergence(
      means: Self.vector([mean]),
      logVariances: (2 * Tensor(deviation, dtype: .float64).log()).reshaped(to: [1]))
    let sampled = logRatio.mean().item()
    #expect(abs(sampled / closed.item() - 1) < 0.01, "\(sampled), \(closed.item())")
  }

  /// ln p(x) − ELBO = KL(q, p(z | x)), here for p(z) = N(0, 1) and p(x | z) = N(w z, σ²), where all is
  /// known: p(x) = N(0, w² + σ²), p(z | x) = N(w x / (w² + σ²), σ² / (w² + σ²)).
  @Test func theBoundFallsShortByTheDivergence() {
    let (x, w, variance) = (1.3, 0.8, 0.25)
    let total = w * w + variance
    let logTwoPi = 1.8378770664093453
    func log(_ a: Double) -> Double { Tensor(a, dtype: .float64).log().item() }
    let evidence = -0.5 * (logTwoPi + log(total) + x * x / total)
    let posterior = (mean: w * x / total, variance: variance / total)
    for (m, v) in [(0.2, 0.5), (-1, 2), (posterior.mean, posterior.variance)] {
      let spread = (x - w * m) * (x - w * m) + w * w * v
      let reconstruction = 0.5 * (logTwoPi + log(variance) + spread / variance)
      func row(_ a: Double) -> Tensor { Tensor([a], shape: [1, 1]) }
      let bound = -negativeEvidenceLowerBound(
        reconstruction: Tensor([reconstruction]), means: row(m), logVariances: row(log(v))
      ).item()
      let divergence = gaussianDivergence(
        means: row(m), logVariances: row(log(v)), from: row(posterior.mean),
        row(log(posterior.variance))
      ).item()
      #expect(abs(evidence - bound - divergence) < 1e-12, "\(m), \(v)")
    }
  }

  /// Where the discriminator cannot tell, it says 1/2: its loss, halved as in d2l, and the generator's
  /// are ln 2.
  @Test func atTheEquilibriumBothLossesAreTheLogarithmOfTwo() {
    let scores = Tensor.zeros([8, 1], dtype: .float64)
    for kind in [AdversarialLoss.minimax, .nonSaturating] {
      let loss = 0.5 * kind.discriminator(real: scores, fake: scores)
      expectClose([loss.item()], [0.6931471805599453], within: 1e-15)
    }
    let generator = AdversarialLoss.nonSaturating.generator(fake: scores)
    expectClose([generator.item()], [0.6931471805599453], within: 1e-15)
  }

  /// Where the discriminator is sure, the minimax generator has no slope, the other one has.
  @Test func theNonSaturatingGeneratorKeepsItsSlope() {
    let scores = Tensor([-12] as [Double])
    func slope(_ kind: AdversarialLoss) -> Double {
      abs(gradient(at: scores) { kind.generator(fake: $0) }.item())
    }
    #expect(slope(.minimax) < 1e-5 && slope(.nonSaturating) > 0.99)
  }

  @Test func totalVariationOfPlainAndChecked() {
    #expect(totalVariation(.full([1, 3, 5, 6], 0.3)).item() == 0)
    let cells = (0..<36).map { Float(($0 / 6 + $0 % 6) % 2) }
    #expect(totalVariation(Tensor(cells, shape: [1, 1, 6, 6])).item() == 1)
  }

  /// Content and style of a picture are at no distance from themselves; style does not see where
  /// things are, content does.
  @Test func contentAndStyle() {
    let features = Tensor.sample([1, 3, 4, 4], 1)
    #expect(contentLoss(features: features, content: features).item() == 0)
    // A product and the difference after it are rounded once, so that 1e-8 of a Gram matrix remain.
    #expect(styleLoss(features: features, style: gramMatrix(features)).item() < 1e-15)
    let turned = features.flipped(axis: 3)
    #expect(contentLoss(features: turned, content: features).item() > 0.1)
    #expect(styleLoss(features: turned, style: gramMatrix(features)).item() < 1e-12)
  }

  /// The largest magnitude and its slope; weights that share it share the slope.
  @Test func penaltyOfTheLargest() {
    let penalty = Penalty.maximum(0.5)
    let w = Self.vector([1, -3, 2])
    #expect(penalty(w).item() == 1.5)
    #expect(gradient(at: w) { penalty($0) }.doubles() == [0, -0.5, 0])
    let tied = gradient(at: Self.vector([-2, 1, 2])) { penalty($0) }.doubles()
    #expect(tied == [-0.25, 0, 0.25])
  }

  /// Weights are penalized, biases are not.
  @Test func penaltiesOfAModelLeaveBiasesOut() {
    var random = PhiloxGenerator(seed: 1)
    let layer = Linear(inputs: 2, outputs: 2, using: &random)
    layer.weight = Tensor([1, -2, 0, 3] as [Float], shape: [2, 2])
    layer.bias = [10, 10]
    #expect(Penalty.l1(0.5)(of: layer).item() == 3)
    #expect(Penalty.l2(1)(of: layer).item() == 7)
    #expect(Penalty.maximum(1)(of: layer).item() == 3)
    #expect(Penalty.l1(0.5)(of: layer, includesVectors: true).item() == 13)
  }

  /// Lasso of the diabetes data by proximal steps: the same weights are exactly 0 as scikit-learn's,
  /// and the others agree.
  @Test func theL1PenaltyMakesZeros() throws {
    let golden = try Golden("lasso", "diabetes")
    let x = golden["x"].cast(to: .float64)
    let y = golden["y"].cast(to: .float64)
    for (row, alpha) in golden["alphas"].doubles().enumerated() {
      let expected = golden["weights"][row].doubles()
      var w = Tensor.zeros([10], dtype: .float64)
      for _ in 0..<1500 {
        let slope = gradient(at: w) { 0.5 * square(matmul(x, $0) - y).mean() }
        w = Penalty.l1(alpha).proximal(w - 0.2 * slope, rate: 0.2).evaluated()
      }
      #expect(w.doubles().map { $0 == 0 } == expected.map { $0 == 0 }, "\(alpha): \(w.doubles())")
      expectClose(w.doubles(), expected, within: 1e-4)
    }
  }

  /// CTC of two times and one label is the sum over its three readings: aa, a-, -a.
  @Test func ctcSumsOverAllReadings() {
    let p = Tensor([0.3, 0.7, 0.6, 0.4], shape: [2, 1, 2])
    let loss = ctc(logProbabilities: log(p), labels: Tensor([1], shape: [1, 1]))
    let sum = 0.7 * 0.4 + 0.7 * 0.6 + 0.3 * 0.4
    expectClose([exp(-loss).item()], [sum], within: 1e-14)
  }

  /// Two times cannot say "aa", which needs a blank between: infinite, or nothing where wanted.
  @Test func ctcOfTooManyLabels() {
    let x = logSoftmax(Tensor.sample([2, 1, 3], 1)).source()
    let labels = Tensor([1, 1], shape: [1, 2])
    #expect(ctc(logProbabilities: x, labels: labels).item() == .infinity)
    let zero = ctc(logProbabilities: x, labels: labels, zeroInfinity: true)
    #expect(zero.item() == 0)
    #expect(gradients(of: zero, for: [x])[0].doubles().allSatisfy { $0 == 0 })
  }
}

extension Tensor {
  fileprivate func log() -> Tensor { HebbCore.log(self) }
}
