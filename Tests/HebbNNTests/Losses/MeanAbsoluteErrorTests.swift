import HebbCore
import HebbNN
import Testing

@Suite struct MeanAbsoluteErrorTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGoldenLoss("l1_loss", precision) { x, golden in
      meanAbsoluteError(predictions: x, targets: golden["target"].cast(to: x.dtype))
    }
  }
}
