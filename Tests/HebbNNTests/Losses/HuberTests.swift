import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct HuberTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    for (name, delta) in [("huber_loss", 1.0), ("huber_loss_delta", 0.5)] {
      try expectGoldenLoss(name, precision) { x, golden in
        huber(predictions: x, targets: golden["target"].cast(to: x.dtype), delta: delta)
      }
    }
    for (name, beta) in [("smooth_l1_loss", 1.0), ("smooth_l1_loss_beta", 0.5)] {
      try expectGoldenLoss(name, precision) { x, golden in
        smoothL1(predictions: x, targets: golden["target"].cast(to: x.dtype), beta: beta)
      }
    }
  }

  @Test func smoothL1WithBetaZeroIsTheAbsoluteError() {
    let (x, y) = (Tensor.sample([9], 1), Tensor.sample([9], 2))
    expectClose(
      smoothL1(predictions: x, targets: y, beta: 0), meanAbsoluteError(predictions: x, targets: y),
      within: 0)
  }

  @Test func theSlopeIsContinuousWhereTheBranchesMeet() {
    let slope = gradient(at: Tensor([0.5, -0.5, 0] as [Double])) {
      huber(predictions: $0, targets: .zeros([3], dtype: .float64), delta: 0.5, reduction: .sum)
    }
    #expect(slope.doubles() == [0.5, -0.5, 0])
  }
}
