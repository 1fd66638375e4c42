import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct BatchNormTests {
  @Test(arguments: ["batch_norm1d", "batch_norm2d"], Precision.both)
  func agreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    let training = BatchNorm(channels: 3)
    try expectGolden(Golden("layers", "\(name)_train"), training, precision)
    #expect(training.batchCount.item() == 1)
    let inUse = BatchNorm(channels: 3).eval()
    try expectGolden(Golden("layers", "\(name)_eval"), inUse, precision)
    #expect(inUse.batchCount.item() == 0)
  }

  @Test func withoutMomentumTheStatisticsAreMeansOfAllBatches() {
    let layer = BatchNorm(channels: 1, momentum: nil, affine: false)
    #expect(layer.parameterCount == 0)
    for values in [[1.0, 3], [5, 7], [0, 8]] {
      _ = layer(Tensor(values.map(Float.init), shape: [2, 1]))
    }
    // Means 2, 6, 4; unbiased variances 2, 2, 32.
    expectClose(layer.runningMean.doubles(), [4], within: 1e-6)
    expectClose(layer.runningVariance.doubles(), [12], within: 1e-6)
  }

  @Test func oneNumberForEachChannelStops() async {
    await #expect(processExitsWith: .failure) { _ = BatchNorm(channels: 3)(.zeros([1, 3])) }
  }
}
