import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct DropoutFamilyTests {
  typealias Make = @Sendable (inout PhiloxGenerator) -> any Layer
  static let layers: [String: Make] = [
    "ChannelDropout": { ChannelDropout(0.5, using: &$0) },
    "AlphaDropout": { AlphaDropout(0.5, using: &$0) },
    "GaussianNoise": { GaussianNoise(0.5, using: &$0) },
    "GaussianDropout": { GaussianDropout(0.5, using: &$0) },
  ]

  static func layer(_ name: String, seed: UInt64) throws -> any Layer {
    let make = try #require(layers[name])
    var random = PhiloxGenerator(seed: seed)
    return make(&random)
  }

  /// The rules of `Dropout`: draws differ from call to call, depend on the seed alone, go on from a
  /// saved state, and stop in use.
  @Test(arguments: layers.keys.sorted()) func drawsAreDeterminedAndResumed(_ name: String) throws {
    let x = Tensor.sample([16, 8, 2], 1)
    let layer = try Self.layer(name, seed: 3)
    func draw(_ layer: any Layer) -> [[Double]] { (0..<3).map { _ in layer(x).doubles() } }
    let first = draw(layer)
    #expect(Set(first).count == 3)
    let again = draw(try Self.layer(name, seed: 3))
    #expect(again == first)
    let other = draw(try Self.layer(name, seed: 4))
    #expect(other[0] != first[0])
    let saved = Dictionary(uniqueKeysWithValues: layer.state().map { ($0.name, $0.tensor) })
    #expect(saved["draws"]?.item() == 3)
    let expected = layer(x).doubles()
    let resumed = try Self.layer(name, seed: 3)
    try resumed.load(saved)
    let result = resumed(x).doubles()
    #expect(result == expected)
    layer.eval()
    expectClose(layer(x), x, within: 0)
  }

  @Test func channelsGoAsAWhole() throws {
    let layer = try Self.layer("ChannelDropout", seed: 1)
    let y = layer(.ones([50, 40, 3, 2]))
    let planes = y.reshaped(to: [2000, 6])
    #expect(planes.max(axes: [1]).doubles() == planes.min(axes: [1]).doubles())
    let dropped = planes.min(axes: [1]).doubles().count { $0 == 0 }
    // Five standard deviations of the binomial distribution.
    #expect(abs(Double(dropped) - 1000) < 5 * 500.0.squareRoot())
    #expect(y.max().item() == 2)
  }

  /// Standard normal inputs keep mean 0 and variance 1.
  @Test func alphaDropoutKeepsTheMoments() throws {
    var random = PhiloxGenerator(seed: 1)
    let x = Tensor.sample([200_000], 2)
    for probability in [0.1, 0.5] {
      let y = AlphaDropout(probability, using: &random)(x)
      #expect(abs(y.mean().item()) < 0.015)
      #expect(abs(y.variance().item() - 1) < 0.02)
    }
  }

  /// Mean 0 and the given deviation, as torch.nn.init or Keras's layer have it; no two elements alike.
  @Test func gaussianNoiseHasItsStatistics() throws {
    var random = PhiloxGenerator(seed: 5)
    let n = 100_000
    let noise = (GaussianNoise(0.3, using: &random)(.full([n], 2)) - 2).doubles()
    let mean = noise.reduce(0, +) / Double(n)
    let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(n)
    #expect(abs(mean) < 5 * 0.3 / Double(n).squareRoot())
    #expect(abs(variance - 0.09) < 5 * 0.09 * (2 / Double(n)).squareRoot())
    let beyond = noise.count { $0.magnitude > 0.6 }  // 2 σ: 4.55 %
    #expect(abs(Double(beyond) / Double(n) - 0.0455) < 0.004)
    // Its slope is 1 everywhere: noise on hidden units lets gradients through.
    let x = Tensor.sample([50], 1).source()
    let slope = gradients(of: GaussianNoise(0.3, using: &random)(x).sum(), for: [x])[0]
    #expect(slope.doubles().allSatisfy { $0 == 1 })
  }

  @Test func gaussianDropoutHasTheMomentsOfDropout() throws {
    var random = PhiloxGenerator(seed: 6)
    let factors = GaussianDropout(0.2, using: &random)(.ones([100_000]))
    #expect(abs(factors.mean().item() - 1) < 0.01)
    #expect(abs(factors.variance().item() - 0.25) < 0.01)
  }

  /// Saito's form: training does not scale, use multiplies by the probability to keep.
  @Test func scalingInUseKeepsTheExpectation() {
    var random = PhiloxGenerator(seed: 7)
    let layer = Dropout(0.3, scaling: .inUse, using: &random)
    let training = layer(.ones([100_000]))
    #expect(Set(training.doubles()) == [0, 1])
    #expect(abs(training.mean().item() - 0.7) < 0.01)
    layer.eval()
    expectClose(layer(.ones([3])), .full([3], 0.7), within: 1e-7)
  }
}

/// The demonstrations that the textbook systems ask for.
@Suite struct DropoutSystemsTests {
  /// The mean over many masks is the input: 10⁵ samples of each element.
  @Test func theExpectationIsTheInput() {
    var random = PhiloxGenerator(seed: 1)
    let layer = Dropout(0.4, using: &random)
    let x = Tensor([0.5, -2, 3])
    let samples = layer(x.broadcast(to: [100_000, 3]))
    // The standard deviation of a mean of n samples is |x| √(p / (1 − p) / n).
    let deviation = (0.4 / 0.6 / 100_000).squareRoot()
    for (mean, expected) in zip(samples.mean(axes: [0]).doubles(), x.doubles()) {
      #expect(abs(mean - expected) < 5 * deviation * abs(expected))
    }
  }

  /// The gradient passes where the value passed, by differences with the mask held.
  @Test func theGradientPassesWhereTheValuePassed() {
    var random = PhiloxGenerator(seed: 2)
    let layer = Dropout(0.5, using: &random)
    expectGradient(
      of: { inputs in
        layer.drawCount = Tensor(0)  // The same mask each time.
        return square(layer(inputs[0])).sum()
      }, at: [.sample([6, 5], 3, dtype: .float64)])
    layer.drawCount = Tensor(0)
    let x = Tensor.sample([40], 4).source()
    let y = layer(x)
    let slope = gradients(of: y.sum(), for: [x])[0].doubles()
    #expect(zip(y.doubles(), slope).allSatisfy { ($0 == 0) == ($1 == 0) })
    #expect(slope.contains(0) && slope.contains(2))
  }

  /// A softmax regression on dropped inputs: the geometric mean of the predictions of all 2⁴ masks,
  /// normalized, is exactly the prediction with inputs scaled by the probability to keep (Goodfellow,
  /// Bengio & Courville 2016, §7.12), and the mean over 1,000 random masks comes close.
  @Test func theScaledNetAveragesAllMasks() {
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 3, dtype: .float64, using: &random)
    let x = Tensor.sample([1, 4], 5, dtype: .float64)
    let scaled = softmax(model(x * 0.5)).doubles()

    var logs = Tensor.zeros([1, 3], dtype: .float64)
    for mask in 0..<16 {
      let bits = Tensor((0..<4).map { Double(mask >> $0 & 1) })
      logs = logs + logSoftmax(model(x * bits)) / 16
    }
    expectClose(softmax(logs).doubles(), scaled, within: 1e-12)

    let dropout = Dropout(0.5, scaling: .inUse, using: &random)
    let inputs = dropout(x.broadcast(to: [1000, 4]))
    let mean = softmax(model(inputs)).mean(axes: [0]).doubles()
    expectClose(mean, scaled, within: 0.05)
    // In use the layer is the scaled net.
    dropout.eval()
    expectClose(softmax(model(dropout(x))).doubles(), scaled, within: 1e-12)
  }
}
