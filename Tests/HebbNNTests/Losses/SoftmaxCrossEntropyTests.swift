import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    for name in ["mean", "large_logits"] {
      try expectGoldenLoss("cross_entropy_\(name)", precision) { x, golden in
        softmaxCrossEntropy(logits: x, labels: golden["target"])
      }
    }
    try expectGoldenLoss("cross_entropy_sum", precision) { x, golden in
      softmaxCrossEntropy(logits: x, labels: golden["target"], reduction: .sum)
    }
    try expectGoldenLoss("cross_entropy_smoothing", precision) { x, golden in
      softmaxCrossEntropy(logits: x, labels: golden["target"], smoothing: 0.1)
    }
    try expectGoldenLoss("cross_entropy_ignore_index", precision) { x, golden in
      softmaxCrossEntropy(logits: x, labels: golden["target"], ignoring: -100)
    }
    for smoothing in [0, 0.1] {
      let name = smoothing == 0 ? "cross_entropy_weights" : "cross_entropy_weights_smoothing"
      try expectGoldenLoss(name, precision) { x, golden in
        softmaxCrossEntropy(
          logits: x, labels: golden["target"], smoothing: smoothing,
          classWeights: golden["weight"].cast(to: x.dtype))
      }
    }
  }

  /// Equal logits say nothing: ln 4 nats for each example, whatever the label.
  @Test func withoutReductionExamplesStayApart() {
    let labels = Tensor([3, 0, -100, 1, 2, -100], shape: [2, 3])
    let losses = softmaxCrossEntropy(
      logits: .zeros([2, 3, 4]), labels: labels, smoothing: 0.2, ignoring: -100, reduction: .none)
    #expect(losses.shape == [2, 3])
    let n = 1.3862943611198906
    expectClose(losses.doubles(), [n, n, 0, n, n, 0], within: 1e-6)
  }

  /// PyTorch divides smoothed losses by the weights of the labels too, and so ignored ones count
  /// neither above nor below.
  @Test func ignoredExamplesDoNotChangeTheMean() {
    let logits = Tensor.sample([4, 5], 1, dtype: .float64)
    let labels = Tensor([1, 4, -1, 0])
    let weights = Tensor([0.5, 1, 2, 3, 0.25] as [Double])
    for smoothing in [0, 0.1] {
      let all = softmaxCrossEntropy(
        logits: logits, labels: labels, smoothing: smoothing, classWeights: weights, ignoring: -1)
      let kept = softmaxCrossEntropy(
        logits: concatenate([logits[0..<2], logits[3..<4]]), labels: Tensor([1, 4, 0]),
        smoothing: smoothing, classWeights: weights)
      expectClose(all, kept, within: 1e-14)
    }
  }

  @Test func labelsOfAnotherShapeStop() async {
    await #expect(processExitsWith: .failure) {
      _ = softmaxCrossEntropy(logits: .zeros([4, 5]), labels: Tensor([1, 2, 3]))
    }
  }
}
