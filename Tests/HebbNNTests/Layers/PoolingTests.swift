import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct PoolingTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGolden(Golden("layers", "max_pool2d_k2"), MaxPool2d(kernel: 2), precision)
    try expectGolden(Golden("layers", "avg_pool2d_k2"), AvgPool2d(kernel: 2), precision)
    try expectGolden(
      Golden("layers", "max_pool2d_k3_s2_p1"), MaxPool2d(kernel: 3, stride: 2, padding: 1),
      precision)
    try expectGolden(
      Golden("layers", "avg_pool2d_k3_s2_p1"), AvgPool2d(kernel: 3, stride: 2, padding: 1),
      precision)
  }

  @Test func globalMean() {
    let x = Tensor((0..<12).map(Float.init), shape: [1, 2, 2, 3])
    let y = GlobalAvgPool2d()(x)
    #expect(y.shape == [1, 2, 1, 1])
    #expect(y.floats() == [2.5, 8.5])
  }
}
