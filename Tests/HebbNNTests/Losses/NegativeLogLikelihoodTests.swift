import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct NegativeLogLikelihoodTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGoldenLoss("nll_loss", precision) { x, golden in
      negativeLogLikelihood(logProbabilities: x, labels: golden["target"])
    }
    try expectGoldenLoss("nll_loss_weights", precision) { x, golden in
      negativeLogLikelihood(
        logProbabilities: x, labels: golden["target"],
        classWeights: golden["weight"].cast(to: x.dtype))
    }
  }
}
