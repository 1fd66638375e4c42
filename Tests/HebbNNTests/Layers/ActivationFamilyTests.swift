import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// The activations beyond those of `ActivationsTests`, and what the textbooks say about all of them.
@Suite struct ActivationFamilyTests {
  static func layers() -> [(name: String, layer: any Layer)] {
    var random = PhiloxGenerator(seed: 1)
    return [
      ("relu6", ReLU6()), ("relu_n", ReLUN(limit: 1.5)), ("celu", CELU(alpha: 2)),
      ("selu", SELU()), ("mish", Mish()), ("softplus_beta", Softplus(beta: 2.5, threshold: 6)),
      ("softsign", Softsign()), ("softshrink", Softshrink(lambda: 0.7)),
      ("hardshrink", Hardshrink(lambda: 0.7)), ("tanhshrink", Tanhshrink()),
      ("hardtanh", Hardtanh(min: -1.5, max: 0.5)), ("hardsigmoid", Hardsigmoid()),
      ("hardswish", Hardswish()), ("log_sigmoid", LogSigmoid()),
      ("threshold", Threshold(0.3, value: -2)), ("rrelu_in_use", RReLU(using: &random).eval()),
      ("softmin", Softmin()), ("glu", GLU()), ("glu_axis1", GLU(axis: 1)),
      ("softmax2d", Softmax2d()), ("maxout", Maxout(pieces: 2)), ("prelu", PReLU(count: 3)),
      ("prelu_one", PReLU()),
    ]
  }

  @Test(arguments: [
    Precision.single, Precision(dtype: .float64, tolerance: 1e-10),
  ]) func agreesWithPyTorch(_ precision: Precision) throws {
    for (name, layer) in Self.layers() {
      try expectGolden(Golden("activations", name), layer, precision)
    }
  }

  /// Layers that need more than two axes.
  private static let ofImages = ["softmax2d", "glu_axis1", "prelu"]

  @Test(arguments: [-1000.0, -30, 30, 1000]) func staysFinite(_ point: Double) {
    for (name, layer) in Self.layers() where !Self.ofImages.contains(name) {
      layer.cast(to: .float64)
      let (value, slope) = valueAndGradient(at: Tensor([point, 0], shape: [1, 2])) {
        layer($0).sum()
      }
      #expect(value.item().isFinite, "\(name) at \(point)")
      #expect(slope.doubles().allSatisfy { $0.isFinite }, "slope of \(name) at \(point)")
    }
  }

  @Test func notANumberStaysOne() {
    for (name, layer) in Self.layers() where !Self.ofImages.contains(name) {
      layer.cast(to: .float64)
      let y = layer(Tensor([Double.nan, .nan], shape: [1, 2]))
      #expect(y.doubles().allSatisfy { $0.isNaN }, "\(name)")
    }
  }

  /// Slopes lie in the range, differ from call to call, and are the same for the same seed.
  @Test func randomSlopesInTraining() {
    var random = PhiloxGenerator(seed: 4)
    var same = PhiloxGenerator(seed: 4)
    let (layer, twin) = (RReLU(using: &random), RReLU(using: &same))
    let x = Tensor.full([4000], -1)
    let first = layer(x).doubles()
    let range = -1.0 / 3 ... -1.0 / 8
    #expect(first.allSatisfy { range.contains($0) })
    // The mean of 4000 numbers of standard deviation 0.06.
    let mean = first.reduce(0, +) / 4000
    let expected = -11.0 / 48
    #expect(abs(mean - expected) < 0.005)
    #expect(layer(x).doubles() != first)
    #expect(twin(x).doubles() == first)
  }

  // MARK: - What the textbooks say

  @Test func stepHasNoSlopeAndDoesNotLearn() {
    var random = PhiloxGenerator(seed: 2)
    let layer = Linear(inputs: 3, outputs: 2, using: &random)
    let before = layer.weight.doubles()
    let loss = square(Step()(layer(.sample([8, 3], 3))) - 0.5).sum()
    let slopes = gradients(of: loss, for: layer)
    for (name, slope) in slopes.named {
      #expect(slope.doubles().allSatisfy { $0 == 0 }, "\(name)")
    }
    layer.weight = layer.weight - 10 * gradients(of: loss, for: [layer.weight])[0]
    #expect(layer.weight.doubles() == before)
    #expect(step(Tensor([-1.0, 0, 2])).doubles() == [0, 0, 1])
  }

  @Test func sigmoidSurvivesLargeNumbersAndIsSteepestAtZero() {
    #expect(sigmoid(Tensor([-1000.0, 1000])).doubles() == [0, 1])
    let x = Tensor((-400...400).map { Double($0) / 50 })
    let slope = gradient(at: x) { sigmoid($0).sum() }
    let y = sigmoid(x)
    expectClose(slope, y * (1 - y), within: 1e-15)
    #expect(slope.max().item() == 0.25 && slope.argMax().item() == 400)
  }

  @Test func twoRectifiersMakeAHardSigmoid() {
    let x = Tensor((-30...30).map { Double($0) / 10 })
    expectClose(relu(x + 0.5) - relu(x - 0.5), clamp(x + 0.5, min: 0, max: 1), within: 1e-15)
  }

  /// The output of a regression: what goes in comes out, bit for bit, with a slope of 1.
  @Test func identityHandsThrough() {
    let x = Tensor([-1000.0, -1, 0, 0.1, 1e30, .infinity]).source()
    let y = Identity()(x)
    #expect(y.doubles() == x.doubles())
    let slope = gradients(of: y.sum(), for: [x])[0]
    #expect(slope.doubles() == [Double](repeating: 1, count: 6))
  }

  @Test func rectifierIsSparse() {
    let zeros = (relu(.sample([100_000], 5)) .== 0).countNonzero().item()
    // 6 standard deviations of a fair coin.
    let share = zeros / 100_000
    #expect(abs(share - 0.5) < 0.01)
  }

  @Test func softplusOfLargeNumbers() {
    let y = softplus(Tensor([1000.0, -1000, 0]))
    expectClose(y.doubles(), [1000, 0, 0.6931471805599453], within: 1e-15)
  }

  @Test func leakyRectifierKeepsAPart() {
    #expect(leakyReLU(Tensor([-2.0, 3])).doubles() == [-0.02, 3])
  }

  @Test func maxoutOfTwoPiecesIsTheMagnitude() {
    // Pieces x and −x.
    let x = Tensor.sample([6, 1], 7, dtype: .float64)
    let pieces = matmul(x, Tensor([1.0, -1], shape: [1, 2]))
    #expect(Maxout(pieces: 2)(pieces).doubles() == abs(x).doubles())
  }

  @Test func softmaxSubtractsTheLargestAndKeepsTheOrder() {
    let logits = Tensor([1010.0, 1000, 990])
    let y = softmax(logits)
    // 1, e⁻¹⁰ and e⁻²⁰ over their sum.
    expectClose(y.doubles(), [0.9999546, 4.539787e-5, 2.061e-9], within: 1e-8)
    #expect(y.argMax().item() == logits.argMax().item())
    #expect(softmax(Tensor([-1e30, 1e30])).doubles() == [0, 1])
  }

  @Test func softmaxOfTwoIsASigmoid() {
    let pairs = Tensor.sample([50, 2], 8, dtype: .float64, scale: 5)
    let first = softmax(pairs).slice(axis: 1, 0..<1).flattened()
    let columns = pairs.transposed()
    expectClose(first, sigmoid(columns[0] - columns[1]), within: 1e-15)
  }

  @Test func linearLayersCollapse() {
    let widths = [4, 7, 3, 6, 5, 2]
    var random = PhiloxGenerator(seed: 9)
    let layers = (0..<5).map { place in
      Linear(inputs: widths[place], outputs: widths[place + 1], using: &random)
    }
    for layer in layers { layer.cast(to: .float64) }
    let x = Tensor.sample([3, 4], 10, dtype: .float64)
    let deep = layers.reduce(x) { $1($0) }
    // W = W₅ ⋯ W₁, and b is what the net makes of zeros.
    let weight = layers.dropFirst().reduce(layers[0].weight) { matmul($1.weight, $0) }
    let bias = layers.reduce(Tensor.zeros([1, 4], dtype: .float64)) { $1($0) }[0]
    expectClose(deep, affine(x, weight, bias), within: 1e-14)
  }

  @Test func oneHotVectorsAreEquallyFarApart() {
    let vectors = Tensor([3, 0, 2, 1]).oneHot(4, dtype: .float64)
    let rows: [Double] = [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    #expect(vectors.doubles() == rows)
    for i in 0..<4 {
      for j in 0..<4 where i != j {
        let distance = (vectors[i] - vectors[j]).norm().item()
        #expect(distance == 2.0.squareRoot())
      }
    }
  }
}
