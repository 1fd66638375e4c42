import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct LayerNormTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    try expectGolden(Golden("layers", "layer_norm"), LayerNorm([6]), precision)
    try expectGolden(Golden("layers", "layer_norm_two_axes"), LayerNorm([4, 5]), precision)
  }

  @Test func withoutScaleMeanAndVarianceAreZeroAndOne() {
    let layer = LayerNorm([50], scale: false, shift: false)
    #expect(layer.parameterCount == 0)
    let y = layer(.sample([3, 50], 1, dtype: .float64, scale: 4, offset: 9))
    expectClose(y.mean(axes: [1]).doubles(), [0, 0, 0], within: 1e-12)
    expectClose(y.variance(axes: [1], correction: 0).doubles(), [1, 1, 1], within: 1e-5)
  }
}
