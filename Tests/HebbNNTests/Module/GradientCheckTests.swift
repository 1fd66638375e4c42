import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct GradientCheckTests {
  /// Two layers; the second one's bias may get a gradient of the wrong sign.
  final class Network: Module {
    let hidden: Linear
    let output: Linear
    let hasFault: Bool

    init(hasFault: Bool = false) {
      var random = PhiloxGenerator(seed: 1)
      hidden = Linear(inputs: 3, outputs: 4, using: &random)
      output = Linear(inputs: 4, outputs: 2, using: &random)
      self.hasFault = hasFault
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let y = matmul(tanh(hidden(x)), output.weight.transposed())
      guard let bias = output.bias else { return y }
      let used = withCustomGradient([bias]) {
        $0[0]
      } backward: { [hasFault] dy, _, _ in
        [hasFault ? -dy : dy]
      }
      return y + used
    }
  }

  private let x = Tensor.sample([5, 3], 1, dtype: .float64)

  @Test func passesARightModel() throws {
    let model = Network()
    let before = model.hidden.weight.floats()
    try checkGradients(of: model) { square(model(x)).mean() }
    #expect(model.hidden.weight.dtype == .float32 && model.hidden.weight.floats() == before)
  }

  @Test func namesTheParameterWithAPlantedSignError() throws {
    let model = Network(hasFault: true)
    let error = try #require(throws: GradientCheckError.self) {
      try checkGradients(of: model) { square(model(x)).mean() }
    }
    #expect(error.parameter == "output.bias" && error.all == ["output.bias"])
    #expect(abs(error.gradient + error.difference) < 1e-6, "the sign is what differs")
    #expect(error.description.contains("output.bias is wrong"))
  }

  @Test func masksStayTheSame() throws {
    var random = PhiloxGenerator(seed: 2)
    let model = Sequential {
      Linear(inputs: 3, outputs: 6, using: &random)
      Dropout(0.5, using: &random)
      BatchNorm(channels: 6)
      Linear(inputs: 6, outputs: 2, using: &random)
    }
    try checkGradients(of: model, limit: 5) { square(model(x)).mean() }
  }

  /// Saito's network for digits, 784-50-10, on three pictures: §5.7.4 of Deep Learning from Scratch asks
  /// for an average difference below 1e-7; here it is the largest.
  @Test func aTwoLayerNetworkForDigitsIsRight() throws {
    var random = PhiloxGenerator(seed: 3)
    let model = Sequential {
      Linear(inputs: 784, outputs: 50, using: &random)
      Sigmoid()
      Linear(inputs: 50, outputs: 10, using: &random)
    }
    let pictures = abs(Tensor.sample([3, 784], 4, dtype: .float64))
    let labels = Tensor([7, 2, 1])
    try checkGradients(of: model, tolerance: 1e-7, limit: 60) {
      softmaxCrossEntropy(logits: model(pictures), labels: labels)
    }
  }
}
