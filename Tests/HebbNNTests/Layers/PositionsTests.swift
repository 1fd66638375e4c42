import Foundation
import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct PositionsTests {
  @Test func sinesAndCosinesFollowTheFormula() {
    let p = sinusoidalPositions(50, width: 8, dtype: .float64).doubles()
    for (t, i) in [(0, 0), (1, 0), (7, 2), (49, 3)] {
      let angle = Double(t) / pow(10_000, 2 * Double(i) / 8)
      #expect(abs(p[t * 8 + 2 * i] - sin(angle)) < 1e-12)
      #expect(abs(p[t * 8 + 2 * i + 1] - cos(angle)) < 1e-12)
    }
    var random = PhiloxGenerator(seed: 1)
    let layer = PositionalEncoding(width: 8, using: &random)
    let x = Tensor.sample([2, 5, 8], 1)
    expectClose(layer(x), x + sinusoidalPositions(5, width: 8), within: 0)
  }

  @Test(arguments: Precision.both) func rotationAgreesWithComplexNumbers(
    _ precision: Precision
  ) throws {
    let golden = try Golden("attention", "rotary")
    let x = golden["input"].cast(to: precision.dtype).source()
    let y = rotatingPositions(x, offset: 2)
    expectClose(y, golden["output"], within: precision.tolerance)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    expectClose(
      gradients(of: loss, for: [x])[0], golden["grad_input"], within: precision.tolerance)
  }

  /// The product of two turned vectors depends on their distance alone.
  @Test func rotatedProductsDependOnDistances() {
    let (q, k) = (
      Tensor.sample([1, 6], 1, dtype: .float64), Tensor.sample([1, 6], 2, dtype: .float64)
    )
    func product(_ i: Int, _ j: Int) -> Double {
      (rotatingPositions(q, offset: i) * rotatingPositions(k, offset: j)).sum().item()
    }
    #expect(abs(product(3, 1) - product(12, 10)) < 1e-12)
    #expect(abs(product(3, 1) - product(3, 2)) > 1e-3)
  }

  /// The slopes that Press et al. give for 8 heads, and the interleaved ones for 6.
  @Test func biasesFallWithTheDistance() {
    let biases = linearBiases(heads: 8, queries: 4, keys: 4, dtype: .float64).doubles()
    #expect(biases[0 * 16 + 3 * 4 + 1] == -2 * 0.5)
    #expect(biases[7 * 16 + 3 * 4 + 0] == -3.0 / 256)
    let six = linearBiases(heads: 6, queries: 2, keys: 2, dtype: .float64).doubles()
    let slopes = (0..<6).map { -six[$0 * 4 + 2] }
    expectClose(
      slopes, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125], within: 1e-12)
  }

  @Test func learnedPositionsAreAdded() {
    var random = PhiloxGenerator(seed: 1)
    let layer = LearnedPositions(count: 10, width: 4, using: &random)
    let x = Tensor.sample([2, 3, 4], 1)
    expectClose(layer(x), x + layer.weight[0..<3], within: 0)
    let slope = gradients(of: layer(x).sum(), for: layer)["weight"]
    #expect(slope?[0..<3].doubles().allSatisfy { $0 == 2 } == true)
    #expect(slope?[3..<10].doubles().allSatisfy { $0 == 0 } == true)
  }
}
