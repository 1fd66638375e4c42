import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct KLDivergenceTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGoldenLoss("kl_div_batchmean", precision) { x, golden in
      klDivergence(logProbabilities: x, targets: golden["target"].cast(to: x.dtype))
    }
    try expectGoldenLoss("kl_div_sum", precision) { x, golden in
      klDivergence(
        logProbabilities: x, targets: golden["target"].cast(to: x.dtype), reduction: .sum)
    }
  }

  @Test func targetsOfZeroGiveZero() {
    let targets = ([1, 0] as Tensor).source()
    let loss = klDivergence(
      logProbabilities: [-0.5, -3], targets: targets, reduction: .sum)
    #expect(loss.item() == 0.5)
    #expect(gradients(of: loss, for: [targets])[0].doubles().allSatisfy { $0.isFinite })
  }
}
