import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct BinaryCrossEntropyTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    for suffix in ["", "_large_logits"] {
      try expectGoldenLoss("binary_cross_entropy_with_logits\(suffix)", precision) { x, golden in
        binaryCrossEntropy(logits: x, targets: golden["target"].cast(to: x.dtype))
      }
    }
  }

  /// Where the prediction is right and sure, the loss is e⁻²⁰ and not 0 or the rounding of 20.
  @Test func sureAndRightKeepsItsDigits() {
    let losses = binaryCrossEntropy(
      logits: Tensor([20.0, -20] as [Float]), targets: Tensor([1.0, 0] as [Float]),
      reduction: .none)
    for loss in losses.doubles() { #expect(abs(loss / 2.0611536181902037e-09 - 1) < 1e-6) }
  }

  /// Sure answers cost 0 or 100, and nothing is NaN, also where numbers below the smallest normal one
  /// are taken for 0.
  @Test(arguments: [DType.float32, .float64]) func sureProbabilitiesAreFinite(_ dtype: DType) {
    let p = Tensor([0.0, 1, 0, 1]).cast(to: dtype).source()
    let y = Tensor([0.0, 1, 1, 0]).cast(to: dtype)
    let losses = binaryCrossEntropy(probabilities: p, targets: y, reduction: .none)
    expectClose(losses.doubles(), [0, 0, 100, 100], within: 1e-6)
    let slopes = gradients(of: losses.sum(), for: [p])[0].doubles()
    #expect(slopes.allSatisfy { $0.isFinite })
  }

  @Test func positiveWeightsCountTheOnes() {
    let losses = binaryCrossEntropy(
      logits: .zeros([2]), targets: [1, 0], positiveWeights: Tensor(3.0), reduction: .none)
    let n = 0.6931471805599453
    expectClose(losses.doubles(), [3 * n, n], within: 1e-6)
  }
}
