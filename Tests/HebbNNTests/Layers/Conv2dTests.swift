import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct Conv2dTests {
  struct Case: Sendable, CustomStringConvertible {
    let name: String
    let (inputs, outputs): (Int, Int)
    let kernel: [Int]
    let geometry: ConvolutionGeometry

    init(
      _ name: String, _ inputs: Int, _ outputs: Int, _ kernel: [Int],
      _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) {
      self.name = name
      (self.inputs, self.outputs) = (inputs, outputs)
      self.kernel = kernel
      self.geometry = geometry
    }

    var description: String { name }

    static let all = [
      Case("conv2d_k1", 4, 5, [1, 1], .init(stride: [2, 2])),
      Case("conv2d_k3_s2_p1", 3, 4, [3, 3], .init(stride: [2, 2], padding: [1, 1])),
      Case("conv2d_k5_p2", 2, 4, [5, 5], .init(padding: [2, 2])),
      Case("conv2d_dilation2", 2, 3, [3, 3], .init(padding: [2, 2], dilation: [2, 2])),
      Case("conv2d_groups2", 4, 6, [3, 3], .init(padding: [1, 1], groups: 2)),
      Case("conv2d_rectangular", 2, 4, [3, 2], .init(stride: [2, 1], padding: [1, 0])),
      Case("conv2d_no_bias", 2, 4, [5, 5]),
    ]
  }

  @Test(arguments: Case.all, Precision.both)
  func agreesWithPyTorch(_ row: Case, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = Conv2d(
      inputs: row.inputs, outputs: row.outputs, kernel: row.kernel, geometry: row.geometry,
      bias: row.name != "conv2d_no_bias", using: &random)
    try expectGolden(Golden("layers", row.name), layer, precision)
  }

  @Test func squareWindow() {
    var random = PhiloxGenerator(seed: 1)
    let layer = Conv2d(inputs: 1, outputs: 6, kernel: 5, stride: 2, padding: 2, using: &random)
    #expect(layer.weight.shape == [6, 1, 5, 5])
    #expect(layer.geometry == ConvolutionGeometry(stride: [2, 2], padding: [2, 2]))
    #expect(layer(.zeros([3, 1, 28, 28])).shape == [3, 6, 14, 14])
  }

  @Test func groupsMustDivideTheChannels() async {
    await #expect(processExitsWith: .failure) {
      var random = PhiloxGenerator(seed: 1)
      _ = Conv2d(
        inputs: 3, outputs: 4, kernel: [3, 3], geometry: .init(groups: 2), using: &random)
    }
  }
}
