import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct MeanSquaredErrorTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGoldenLoss("mse_loss", precision) { x, golden in
      meanSquaredError(predictions: x, targets: golden["target"].cast(to: x.dtype))
    }
    try expectGoldenLoss("mse_loss_sum", precision) { x, golden in
      meanSquaredError(
        predictions: x, targets: golden["target"].cast(to: x.dtype), reduction: .sum)
    }
  }

  @Test func everyReduction() {
    let x = ([1, 2, 3, 5] as Tensor).reshaped(to: [2, 2])
    func value(_ reduction: Reduction) -> [Double] {
      meanSquaredError(predictions: x, targets: .ones([2, 2]), reduction: reduction)
        .doubles()
    }
    #expect(value(.none) == [0, 1, 4, 16])
    #expect(value(.sum) == [21])
    #expect(value(.mean) == [5.25])
    #expect(value(.batchMean) == [10.5])
  }

  /// `[4, 1]` against `[4]` would broadcast to 16 pairs and train toward the mean without a word.
  @Test func shapesThatWouldBroadcastStop() async {
    await #expect(processExitsWith: .failure) {
      _ = meanSquaredError(predictions: .zeros([4, 1]), targets: .zeros([4]))
    }
  }
}
