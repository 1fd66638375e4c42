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

  /// (x − m) γ / √(v + ε) + β for one channel.
  private func inUse(_ layer: BatchNorm, _ x: [Double]) -> [Double] {
    let (m, v) = (layer.runningMean.item(), layer.runningVariance.item())
    let (weight, bias) = (layer.weight?.item() ?? 1, layer.bias?.item() ?? 0)
    return x.map { ($0 - m) * weight / (v + layer.epsilon).squareRoot() + bias }
  }

  @Test func useFollowsEveryChangeOfWhatItKeepsScaleAndShiftOf() {
    let layer = BatchNorm(channels: 1).eval()
    let x = [1.0, -2, 4]
    func expectRight(_ what: Comment) {
      // Ends with the rank that it begins with, so that only the change is what is new.
      for shape: Shape in [[3, 1], [3, 1], [1, 1, 3], [3, 1]] {
        let y = withoutGradients { layer(Tensor(x.map(Float.init), shape: shape)) }
        #expect(y.shape == shape, what)
        // Some roundings of numbers up to 10.
        expectClose(y.doubles(), inUse(layer, x), within: 1e-5)
      }
    }
    expectRight("at first")
    layer.weight = [3]
    expectRight("after another weight")
    layer.bias = [-0.5]
    expectRight("after another bias")
    layer.runningMean = [2]
    expectRight("after another mean")
    layer.runningVariance = [0.25]
    expectRight("after another variance")
    layer.train()
    _ = layer(Tensor([Float(1), 5, 9], shape: [3, 1]))
    layer.eval()
    expectRight("after a batch")
  }

  @Test func useHasGradientsOfWeightAndBias() throws {
    let layer = BatchNorm(channels: 1).eval()
    layer.runningMean = [2]
    layer.runningVariance = [4]
    let x = Tensor([Float(1), 5], shape: [2, 1])
    _ = withoutGradients { layer(x) }.doubles()
    let (weight, bias) = (try #require(layer.weight), try #require(layer.bias))
    let slopes = gradients(
      of: (layer(x) * Tensor([Float(1), 10], shape: [2, 1])).sum(), for: [weight, bias])
    // Σ c (x − m) / √(v + ε) = (−1 + 30) / 2, Σ c = 11; ε changes 3e-5 of it.
    expectClose(slopes[0].doubles(), [14.5], within: 1e-4)
    expectClose(slopes[1].doubles(), [11], within: 1e-6)
  }

  @Test func oneNumberForEachChannelStops() async {
    await #expect(processExitsWith: .failure) { _ = BatchNorm(channels: 3)(.zeros([1, 3])) }
  }
}
