import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct DropoutTests {
  static func layer(_ probability: Double, seed: UInt64) -> Dropout {
    var random = PhiloxGenerator(seed: seed)
    return Dropout(probability, using: &random)
  }

  @Test(arguments: [0.1, 0.5, 0.9]) func dropsThatPart(_ probability: Double) {
    let n = 40_000
    let y = Self.layer(probability, seed: 1)(.ones([n])).doubles()
    let dropped = Double(y.count { $0 == 0 }) / Double(n)
    // Five standard deviations of the binomial distribution.
    let tolerance = 5 * (probability * (1 - probability) / Double(n)).squareRoot()
    #expect(abs(dropped - probability) < tolerance)
    let kept = y.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 1 / (1 - probability)) < 1e-6 })
  }

  @Test func gradientHasTheMaskOfTheValue() {
    let x = Tensor.ones([1000]).source()
    let y = Self.layer(0.5, seed: 2)(x)
    expectClose(gradients(of: y.sum(), for: [x])[0], y, within: 0)
  }

  @Test func masksDifferFromCallToCallAndAreDeterminedByTheSeed() {
    func masks(seed: UInt64) -> [[Double]] {
      let layer = Self.layer(0.5, seed: seed)
      return (0..<3).map { _ in layer(.ones([64])).doubles() }
    }
    let first = masks(seed: 3)
    #expect(Set(first).count == 3)
    #expect(masks(seed: 3) == first)
    #expect(masks(seed: 4)[0] != first[0])
  }

  @Test func aLoadedLayerContinues() throws {
    let layer = Self.layer(0.5, seed: 5)
    for _ in 0..<4 { _ = layer(.ones([64])) }
    let saved = Dictionary(uniqueKeysWithValues: layer.state().map { ($0.name, $0.tensor) })
    #expect(saved["draws"]?.item() == 4)
    let expected = layer(.ones([64])).doubles()
    let resumed = Self.layer(0.5, seed: 5)
    try resumed.load(saved)
    #expect(resumed(.ones([64])).doubles() == expected)
    // Checkpoints of other frameworks do not have the number.
    try Self.layer(0.5, seed: 5).load([:])
  }

  @Test func inUseNothingIsDropped() {
    let layer = Self.layer(0.9, seed: 6).eval()
    let x = Tensor.sample([100], 1)
    expectClose(layer(x), x, within: 0)
    #expect(layer.drawCount.item() == 0)
  }

  @Test func theEndsOfTheRange() {
    #expect(Self.layer(1, seed: 7)(.ones([50])).doubles().allSatisfy { $0 == 0 })
    #expect(Self.layer(0, seed: 7)(.ones([50])).doubles().allSatisfy { $0 == 1 })
  }
}
