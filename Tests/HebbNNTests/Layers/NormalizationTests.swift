import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct NormalizationTests {
  static let layers: [String: @Sendable () -> any Layer] = [
    "group_norm": { GroupNorm(groups: 2, channels: 4) },
    "group_norm_2d": { GroupNorm(groups: 2, channels: 4, epsilon: 1e-3) },
    "instance_norm": { InstanceNorm2d(channels: 4, affine: true) },
    "instance_norm_tracked": { InstanceNorm1d(channels: 4, affine: true, tracksStatistics: true) },
    "instance_norm_eval": {
      InstanceNorm1d(channels: 4, affine: true, tracksStatistics: true).eval()
    },
    "batch_norm3d": { BatchNorm3d(channels: 4) },
    "batch_norm1d_long": { BatchNorm1d(channels: 4, momentum: nil) },
    "rms_norm": { RMSNorm([5]) },
    "rms_norm_eps": { RMSNorm([4, 5], epsilon: 1e-2) },
  ]

  @Test(arguments: layers.keys.sorted(), Precision.both)
  func agreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    let make = try #require(Self.layers[name])
    let layer = make()
    // RMSNorm's ε is that of the precision: the golden's is float64's.
    if name == "rms_norm", precision.dtype == .float32 { return }
    try expectGolden(
      Golden("norms", name), layer, precision, inputs: ["input"],
      tolerance: precision.tolerance * 2
    ) { [layer($0[0])] }
  }

  /// One group is LayerNorm over channels and positions, as many groups as channels InstanceNorm.
  @Test func groupsLieBetweenLayerAndInstance() {
    let x = Tensor.sample([3, 4, 5], 1, dtype: .float64)
    let whole = LayerNorm([4, 5], scale: false, shift: false)
    expectClose(GroupNorm(groups: 1, channels: 4, affine: false)(x), whole(x), within: 1e-12)
    expectClose(
      GroupNorm(groups: 4, channels: 4, affine: false)(x), InstanceNorm(channels: 4)(x),
      within: 1e-12)
  }

  /// The books' convention: momentum 0.9 there is 0.1 here, and the variance is the biased one.
  @Test func runningVarianceFollowsEitherConvention() {
    let x = Tensor([1.0, 3, 8], shape: [3, 1])
    let ours = BatchNorm(channels: 1)
    let books = BatchNorm(channels: 1, tracksUnbiasedVariance: false)
    for layer in [ours, books] {
      layer.cast(to: .float64)
      _ = layer(x)
    }
    // Mean 4, sum of squares 26.
    expectClose(ours.runningMean.doubles(), [0.4], within: 1e-12)
    expectClose(ours.runningVariance.doubles(), [0.9 + 0.1 * 26 / 2], within: 1e-12)
    expectClose(books.runningVariance.doubles(), [0.9 + 0.1 * 26 / 3], within: 1e-12)
  }

  @Test(arguments: ["bilinear", "bilinear_no_bias"], Precision.both)
  func bilinearAgreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = Bilinear(
      first: 4, second: 5, outputs: 3, bias: name == "bilinear", using: &random)
    try expectGolden(
      Golden("norms", name), layer, precision, inputs: ["input", "second"]
    ) { [layer($0[0], $0[1])] }
  }
}

@Suite struct ParametrizationTests {
  @Test(arguments: ["weight_norm", "weight_norm_all"], Precision.both)
  func weightNormAgreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 5, outputs: 4, using: &random)
    let before = linear.weight.doubles()
    let layer = WeightNorm(linear, axis: name == "weight_norm" ? 0 : nil)
    expectClose(linear.weight.doubles(), before, within: 1e-6)
    #expect(layer.state().map(\.name) == ["bias", "weight_g", "weight_v"])
    try expectGolden(Golden("norms", name), layer, precision, inputs: ["input"]) {
      [layer($0[0])]
    }
  }

  @Test(arguments: Precision.both) func weightNormOfConvolutions(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = WeightNorm(Conv2d(inputs: 2, outputs: 3, kernel: 2, using: &random))
    try expectGolden(Golden("norms", "weight_norm_conv"), layer, precision, inputs: ["input"]) {
      [layer($0[0])]
    }
  }

  @Test(arguments: Precision.both) func spectralNormAgreesWithPyTorch(
    _ precision: Precision
  ) throws {
    var random = PhiloxGenerator(seed: 1)
    let linear = SpectralNorm(Linear(inputs: 5, outputs: 4, using: &random), using: &random)
    #expect(
      linear.state().map(\.name) == ["bias", "weight_orig", "weight_u", "weight_v"])
    try expectGolden(Golden("norms", "spectral_norm"), linear, precision, inputs: ["input"]) {
      [linear($0[0])]
    }
    let conv = SpectralNorm(
      Conv2d(inputs: 2, outputs: 3, kernel: 2, using: &random), using: &random)
    try expectGolden(Golden("norms", "spectral_norm_conv"), conv, precision, inputs: ["input"]) {
      [conv($0[0])]
    }
  }

  /// After many iterations the largest singular value is 1: no vector is stretched, one nearly keeps
  /// its length. In use u and v stay.
  @Test func spectralNormBoundsTheStretching() {
    var random = PhiloxGenerator(seed: 2)
    let layer = SpectralNorm(
      Linear(inputs: 6, outputs: 4, bias: false, using: &random), iterations: 50, using: &random)
    _ = layer(.zeros([1, 6]))
    layer.eval()
    let u = layer.left.doubles()
    let x = Tensor.sample([1000, 6], 3)
    let stretch = sqrt(square(layer(x)).sum(axes: [1]) / square(x).sum(axes: [1]))
    #expect(stretch.max().item() <= 1 + 1e-5)
    #expect(stretch.max().item() > 0.9)
    #expect(layer.left.doubles() == u)
  }

  /// The optimizer sees length and direction, never the weight.
  @Test func aDerivedWeightIsNoParameter() {
    var random = PhiloxGenerator(seed: 3)
    let linear = Linear(inputs: 3, outputs: 2, using: &random)
    let model = Sequential([WeightNorm(linear), ReLU()])
    #expect(model.parameters.names == ["0.bias", "0.weight_g", "0.weight_v"])
    #expect(model.parameterCount == 2 + 2 + 6)
    let slopes = gradients(of: square(model(.sample([4, 3], 1))).sum(), for: model)
    #expect(slopes["0.weight_g"]?.doubles().contains { $0 != 0 } == true)
    #expect(linear.$weight.isDerived)
  }
}

@Suite struct ContrastNormTests {
  @Test(arguments: Precision.both) func agreesWithNumPy(_ precision: Precision) throws {
    let golden = try Golden("norms", "contrast")
    let x = golden["input"].cast(to: precision.dtype)
    let globally = GlobalContrastNorm(scale: 1.5, regularizer: 0.1)
    expectClose(globally(x), golden["global"], within: 1e-7 + precision.tolerance)
    let locally = LocalContrastNorm(window: 3, deviation: 0.75)
    expectClose(locally(x), golden["local"], within: 2 * precision.tolerance)
  }

  @Test func aConstantPictureStaysFinite() {
    let x = Tensor.full([2, 3, 12, 12], 7).source()
    for layer in [GlobalContrastNorm(), LocalContrastNorm()] as [any Layer] {
      let y = layer(x)
      // What is left is the rounding of the mean.
      #expect(y.doubles().allSatisfy { abs($0) < 1.001 })
      #expect(gradients(of: y.sum(), for: [x])[0].doubles().allSatisfy { $0.isFinite })
    }
  }

  /// A bright edge and a faint one: behind the normalization both have much the same contrast.
  @Test func edgesGetUniformContrast() {
    var pixels = Array(repeating: 0.5, count: 40 * 24)
    for row in 0..<24 {
      for column in 10..<20 { pixels[row * 40 + column] = 1 }  // the bright stripe
      for column in 30..<40 { pixels[row * 40 + column] = 0.7 }  // the faint one
    }
    let x = Tensor(pixels, shape: [1, 1, 24, 40])
    let y = LocalContrastNorm(window: 5)(x).doubles()
    func step(_ image: [Double], _ column: Int) -> Double {
      image[12 * 40 + column] - image[12 * 40 + column - 1]
    }
    let before = step(pixels, 10) / step(pixels, 30)
    let after = step(y, 10) / step(y, 30)
    #expect(abs(before - 2.5) < 1e-12)
    #expect(after > 0.8 && after < 1.25)
  }
}

@Suite struct FeatureNormTests {
  @Test func agreesWithScikitLearn() throws {
    let golden = try Golden("norms", "standardization")
    let layer = FeatureNorm(fitting: golden["input"])
    layer.cast(to: .float64)
    let x = golden["input"].cast(to: .float64)
    expectClose(layer(x), golden["output"], within: 1e-6)
    expectClose(layer.inverse(layer(x)), x, within: 1e-9)
    #expect(layer.parameterCount == 0 && layer.state().map(\.name) == ["mean", "deviation"])
  }

  @Test func aConstantFeatureIsOnlyShifted() {
    let data = Tensor([1.0, 3, 2, 3, 3, 3], shape: [3, 2])
    let y = FeatureNorm(fitting: data)(data.cast(to: .float32)).doubles()
    #expect(y[1] == 0 && y[3] == 0 && y[5] == 0)
    expectClose([y[0], y[2], y[4]], [-1.5.squareRoot(), 0, 1.5.squareRoot()], within: 1e-6)
  }

  /// Least squares on features of different scale: the Hessian XᵀX / n is ill-conditioned, and is the
  /// identity's neighbor afterwards.
  @Test func theErrorSurfaceBecomesRound() {
    let raw =
      Tensor.sample([200, 2], 1, dtype: .float64) * Tensor([30.0, 0.1]) + Tensor([5.0, 1])
    func condition(_ x: Tensor) -> Double {
      let loss = { (w: Tensor) in square(matmul(x, w)).sum() / Double(x.shape[0]) }
      let h = hessian(at: .zeros([2], dtype: .float64), of: loss).doubles()
      let (middle, distance) = ((h[0] + h[3]) / 2, (h[0] - h[3]) / 2)
      let root = (distance * distance + h[1] * h[2]).squareRoot()
      return (middle + root) / (middle - root)
    }
    let layer = FeatureNorm(features: 2)
    layer.cast(to: .float64)
    layer.fit(raw)
    #expect(condition(raw) > 500)
    #expect(condition(layer(raw)) < 2)
  }
}
