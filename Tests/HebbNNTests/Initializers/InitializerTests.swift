import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import Testing

@Suite struct InitializerTests {
  static func golden() throws -> JSONValue {
    let path = Golden.folder + "/initializers.json"
    let file = try InputFile(path: path)
    return try JSONValue(parsing: try file.bytes(in: 0..<file.count), name: path)
  }

  static let initializers: [String: Initializer] = [
    "xavier_uniform": .xavierUniform(),
    "xavier_uniform gain=5/3": .xavierUniform(gain: Gain.tanh),
    "xavier_normal": .xavierNormal(),
    "kaiming_uniform": .kaimingUniform(),
    "kaiming_uniform a=sqrt(5)": .kaimingUniform(gain: Gain.leakyReLU(slope: 5.0.squareRoot())),
    "kaiming_uniform relu": .kaimingUniform(gain: Gain.relu),
    "kaiming_normal relu": .kaimingNormal(gain: Gain.relu),
    "kaiming_normal fan_out relu": .kaimingNormal(gain: Gain.relu, fan: .output),
  ]

  /// The bounds and deviations that PyTorch draws from, to a few units in the last place.
  @Test func agreesWithPyTorch() throws {
    let cases = try #require(Self.golden()["initializers"]?.arrayValue)
    #expect(cases.count == 48)
    for row in cases {
      let name = try #require(row["name"]?.stringValue)
      let shape = Shape(try #require(row["shape"]?.arrayValue).compactMap(\.integerValue))
      let initializer = try #require(Self.initializers[name], "\(name)")
      expect(initializer.distribution(for: shape), equals: row, "\(name) \(shape)")
    }
  }

  private func expect(
    _ distribution: Initializer.Distribution, equals row: JSONValue, _ comment: String
  ) {
    func numbers(_ key: String) -> [Double]? { row[key]?.arrayValue?.compactMap(\.doubleValue) }
    switch distribution {
    case .uniform(let range):
      expectClose(
        [range.lowerBound, range.upperBound], numbers("uniform") ?? [], within: 1e-15, comment)
    case .normal(let mean, let deviation):
      expectClose([mean, deviation], numbers("normal") ?? [], within: 1e-15, comment)
    default: Issue.record("\(comment) is \(distribution)")
    }
  }

  @Test func gainsAgreeWithPyTorch() throws {
    let gains = try #require(Self.golden()["gains"])
    let ours = [
      "linear": Gain.linear, "conv2d": Gain.linear, "sigmoid": Gain.linear, "tanh": Gain.tanh,
      "relu": Gain.relu, "leaky_relu": Gain.leakyReLU(), "selu": Gain.selu,
    ]
    for (name, gain) in ours { #expect(gains[name]?.doubleValue == gain, "\(name)") }
  }

  /// What layers start with: their largest elements come close to the bound and none passes it.
  @Test func layersStartAsInPyTorch() throws {
    var random = PhiloxGenerator(seed: 1)
    let layers: [String: any Module] = [
      "Linear(400, 120)": Linear(inputs: 400, outputs: 120, using: &random),
      "Conv2d(6, 16, 5)": Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random),
      "Conv2d(8, 16, 3, groups=4)": Conv2d(
        inputs: 8, outputs: 16, kernel: [3, 3], geometry: .init(groups: 4), using: &random),
      "Embedding(50, 8)": Embedding(count: 50, width: 8, using: &random),
      "LSTMCell(4, 9)": LSTMCell(inputs: 4, hidden: 9, using: &random),
      "GRUCell(4, 9)": GRUCell(inputs: 4, hidden: 9, using: &random),
    ]
    let rows = try #require(Self.golden()["layers"]?.arrayValue)
    #expect(rows.count == layers.count)
    for row in rows {
      let name = try #require(row["name"]?.stringValue)
      let layer = try #require(layers[name])
      let parameters = try #require(row["parameters"]?.objectValue)
      #expect(layer.namedParameters().map(\.name) == parameters.keys)
      for (parameter, box) in layer.namedParameters() {
        let expected = try #require(parameters[parameter])
        let tensor = try #require(box.tensor)
        #expect(Array(tensor.shape) == expected["shape"]?.arrayValue?.compactMap(\.integerValue))
        let values = tensor.doubles()
        if let bound = expected["uniform"]?.arrayValue?.last?.doubleValue {
          expectUniform(values, in: -bound...bound, "\(name) \(parameter)")
        } else {
          expectNormal(values, deviation: 1, "\(name) \(parameter)")
        }
      }
    }
  }

  private func expectUniform(
    _ values: [Double], in range: ClosedRange<Double>, _ comment: String
  ) {
    let width = range.upperBound - range.lowerBound
    #expect(values.allSatisfy { $0 >= range.lowerBound && $0 <= range.upperBound }, "\(comment)")
    // The gap between the largest of n numbers and the bound is width / n on average.
    let gap = 20 * width / Double(values.count)
    #expect((values.max() ?? 0) > range.upperBound - gap, "\(comment)")
    #expect((values.min() ?? 0) < range.lowerBound + gap, "\(comment)")
    let mean = values.reduce(0, +) / Double(values.count)
    #expect(abs(mean) < 5 * width / (12 * Double(values.count)).squareRoot(), "\(comment)")
  }

  private func expectNormal(_ values: [Double], deviation: Double, _ comment: String) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + $1 * $1 } / n
    #expect(abs(mean) < 5 * deviation / n.squareRoot(), "\(comment)")
    // The variance of a mean of squares is 2 σ⁴ / n.
    let tolerance = 5 * deviation * deviation * (2 / n).squareRoot()
    #expect(abs(variance - deviation * deviation) < tolerance, "\(comment)")
  }

  @Test func drawsFromTheDistribution() {
    var random = PhiloxGenerator(seed: 2)
    let uniform = Initializer.xavierUniform()([100, 200], using: &random)
    let bound = 0.02.squareRoot()
    expectUniform(uniform.doubles(), in: -bound...bound, "xavierUniform")
    let normal = Initializer.kaimingNormal()([100, 200], dtype: .float64, using: &random)
    expectNormal(normal.doubles(), deviation: 0.1, "kaimingNormal")
    #expect(normal.dtype == .float64)
    #expect(Initializer.constant(2.5)([3], using: &random).doubles() == [2.5, 2.5, 2.5])
    let shifted = Initializer.normal(mean: 7, standardDeviation: 0.5)([4000], using: &random)
    expectNormal((shifted - 7).doubles(), deviation: 0.5, "normal")
  }

  @Test func aGeneratorGivesOtherNumbersEachTimeAndTheSameForASeed() {
    var (first, second) = (PhiloxGenerator(seed: 3), PhiloxGenerator(seed: 3))
    let a = Initializer.uniform()([8], using: &first)
    let b = Initializer.uniform()([8], using: &first)
    #expect(a.doubles() != b.doubles())
    #expect(Initializer.uniform()([8], using: &second).doubles() == a.doubles())
    #expect(Initializer.uniform()([8], using: &second).doubles() == b.doubles())
  }

  /// Mean 0.1, deviation 0.5, cut at two deviations below and one above. The exact moments of what
  /// remains are scipy.stats.truncnorm(-2, 1, 0.1, 0.5).stats().
  @Test func truncatedNumbersLieInTheRange() {
    var random = PhiloxGenerator(seed: 4)
    let initializer = Initializer.truncatedNormal(
      mean: 0.1, standardDeviation: 0.5, in: -0.9...0.6)
    let values = initializer([200_000], dtype: .float64, using: &random).doubles()
    #expect(values.allSatisfy { (-0.9...0.6).contains($0) })
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    #expect(abs(mean - truncatedMean) < 5 * (truncatedVariance / n).squareRoot())
    #expect(abs(variance - truncatedVariance) < 0.01 * truncatedVariance)
    // The tails reach the ends.
    #expect((values.min() ?? 0) < -0.89 && (values.max() ?? 0) > 0.599)
  }

  @Test func leCunKeepsTheVarianceOfLinearUnits() {
    var random = PhiloxGenerator(seed: 5)
    for initializer in [Initializer.leCunUniform, .leCunNormal, .leCunTruncatedNormal] {
      let values = initializer([300, 400], dtype: .float64, using: &random).doubles()
      let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(variance * 400 - 1) < 0.02)
    }
  }

  @Test(arguments: [[4, 9], [9, 4], [5, 5], [6, 2, 3, 3]])
  func orthogonalMatricesAreOrthogonal(_ sizes: [Int]) {
    var random = PhiloxGenerator(seed: 6)
    let w = Initializer.orthogonal(gain: 2)(Shape(sizes), dtype: .float64, using: &random)
      .reshaped(to: [sizes[0], -1])
    let product =
      w.shape[0] <= w.shape[1] ? matmul(w, w.transposed()) : matmul(w.transposed(), w)
    let size = product.shape[0]
    var random2 = PhiloxGenerator(seed: 1)
    let identity = Initializer.identity([size, size], dtype: .float64, using: &random2)
    expectClose(product, 4 * identity, within: 1e-13)
    // Other directions each time, with either sign.
    let other = Initializer.orthogonal()(Shape(sizes), using: &random)
    #expect(other.doubles() != w.doubles())
    #expect(w.min().item() < 0 && w.max().item() > 0)
  }

  /// A convolution with such a kernel hands the channels through.
  @Test func diracKernelsHandThrough() {
    var random = PhiloxGenerator(seed: 7)
    let kernel = Initializer.dirac(groups: 2)([6, 2, 3, 3], using: &random)
    let x = Tensor.sample([2, 4, 5, 5], 1)
    let y = convolution(x, kernel, nil, .init(padding: [1, 1], groups: 2))
    for (output, input) in [(0, 0), (1, 1), (3, 2), (4, 3)] {
      expectClose(
        y.slice(axis: 1, output..<output + 1), x.slice(axis: 1, input..<input + 1), within: 0)
    }
    // The third output of each group has no input of its own.
    #expect(y.slice(axis: 1, 2..<3).doubles().allSatisfy { $0 == 0 })
  }

  @Test func sparseColumnsHaveThatManyZeros() {
    var random = PhiloxGenerator(seed: 8)
    let w = Initializer.sparse(0.3, standardDeviation: 0.5)([11, 200], using: &random)
    let zeros = (w .== 0).cast(to: .int64).sum(axes: [0]).integers()
    #expect(zeros.allSatisfy { $0 == 4 })  // ⌈0.3 · 11⌉
    let kept = w.doubles().filter { $0 != 0 }
    expectNormal(kept, deviation: 0.5, "sparse")
    let perRow = (w .== 0).cast(to: .int64).sum(axes: [1]).integers()
    #expect(perRow.allSatisfy { $0 > 40 && $0 < 110 })
  }
}

private let truncatedMean = -0.014818589545664507
private let truncatedVariance = 0.12994063480288348
