import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct ParameterTests {
  @Test func anAssignedTensorIsAPointAtWhichGradientsEnd() {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 2, outputs: 1, bias: false, using: &random)
    let origin = Tensor([3, 4] as [Float], shape: [1, 2]).source()
    linear.weight = origin * 2
    let loss = linear([1, 10]).sum()
    #expect(gradients(of: loss, for: linear).tensors[0].doubles() == [1, 10])
    #expect(gradients(of: loss, for: [origin])[0].doubles() == [0, 0])
    #expect(loss.item() == 86)
  }

  @Test func anOptionalParameterCanGoAndComeBack() {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 2, outputs: 3, using: &random)
    linear.bias = nil
    #expect(linear.namedParameters().map(\.name) == ["weight"])
    linear.bias = .ones([3])
    #expect(linear.namedParameters().map(\.name) == ["weight", "bias"])
  }

  @Test func anotherShapeStopsNamingBoth() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = LeNet()
      _ = model.namedParameters()
      model.fc1.weight = .zeros([120, 401])
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("fc1.weight has shape [120, 400], it cannot become [120, 401]"))
  }

  @Test func bufferOfAnotherShapeStops() async {
    await #expect(processExitsWith: .failure) {
      BatchNorm(channels: 3).runningMean = .zeros([4])
    }
  }

  /// A gradient that is no number is placed in the layer whose operation it belongs to.
  @Test func debuggingNamesTheLayerOfAGradient() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Sequential([Flatten(), RootLayer()])
      let x = Tensor.zeros([2, 3]).source()
      Hebb.debug { _ = gradients(of: model(x).sum(), for: [x]) }
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("in the gradient of sqrt of 1 (RootLayer) gave inf"), "\(message)")
  }

  /// Messages of the engine name parameters by their path once the model has been walked.
  @Test func debuggingNamesTheParameter() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = LeNet()
      _ = model.parameters
      model.fc3.weight = model.fc3.weight * Double.infinity
      Hebb.debug { _ = model(.ones([1, 1, 28, 28])) }
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("fc3.weight"), "\(message)")
  }
}

/// The square root, whose slope at 0 is infinite.
private final class RootLayer: Layer {
  func callAsFunction(_ x: Tensor) -> Tensor { calling { sqrt(x) } }
}
