import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct OptimizerTests {
  /// Three steps of SGD on one batch, against PyTorch: the losses and all parameters after them.
  @Test func leNetAfterThreeSteps() throws {
    let file = try golden("lenet")
    let model = LeNet()
    var state: [String: Tensor] = [:]
    for (key, tensor) in file where key.hasPrefix("lenet/state/") {
      state[String(key.dropFirst("lenet/state/".count))] = tensor
    }
    try model.load(state)
    let optimizer = SGD(model, rate: 0.9)
    let input = try #require(file["lenet/input"])
    let labels = try #require(file["lenet/labels"])
    var losses: [Double] = []
    for _ in 0..<3 {
      let loss = softmaxCrossEntropy(logits: model(input), labels: labels)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      losses.append(loss.item())
    }
    expectClose(losses, try #require(file["lenet/losses"]).doubles(), within: 2e-6)
    for (name, tensor) in model.state() {
      let expected = try #require(file["lenet/after_3_steps/\(name)"])
      expectClose(tensor, expected, within: 2e-6, name)
    }
  }

  @Test func theRateCanChangeAtEachStep() {
    let model = Vector(.zeros([1]))
    let optimizer = SGD(model, rate: 1)
    optimizer.step(along: model.gradients(.ones([1])))
    optimizer.step(along: model.gradients(.ones([1])), rate: 0.5)
    #expect(optimizer.rate == 0.5)
    optimizer.step(along: model.gradients(.ones([1])))
    #expect(model.p.doubles() == [-2])
  }

  /// Gradients may be read and changed before the step, and held after it.
  @Test func gradientsCanBeClippedAndRead() {
    let model = Vector(.zeros([2]))
    let optimizer = SGD(model, rate: 1)
    let slopes = model.gradients([3, 4])
    let norm = slopes.norm()
    optimizer.step(along: slopes.clipped(toNorm: 1))
    #expect(norm.item() == 5)
    expectClose(model.p.doubles(), [-0.6, -0.8], within: 1e-6)
    #expect(slopes.tensors[0].doubles() == [3, 4])
  }

  @Test func frozenParametersStay() {
    var random = PhiloxGenerator(seed: 1)
    let (body, head) = (
      Linear(inputs: 3, outputs: 3, using: &random), Linear(inputs: 3, outputs: 2, using: &random)
    )
    let model = Sequential([body, head])
    let before = (body.weight.doubles(), head.weight.doubles())
    body.freeze()
    let optimizer = SGD(model, rate: 1, weightDecay: 0.1)
    optimizer.step(along: gradients(of: model(.sample([4, 3], 1)).sum(), for: model))
    #expect(body.weight.doubles() == before.0)
    #expect(head.weight.doubles() != before.1)
  }

  /// A tied weight is updated once, along the sum of both gradients.
  @Test func tiedWeightsMoveOnce() {
    var random = PhiloxGenerator(seed: 1)
    func layer() -> Linear { Linear(inputs: 1, outputs: 1, bias: false, using: &random) }
    let (a, b) = (layer(), layer())
    b.$weight = a.$weight
    a.weight = Tensor([3] as [Float], shape: [1, 1])
    let model = Sequential([a, b])
    let optimizer = SGD(model, rate: 0.5)
    // w² x at w = 3, x = 1 has slope 6.
    optimizer.step(along: gradients(of: model(.ones([1, 1])).sum(), for: model))
    #expect(b.weight.doubles() == [0])
  }

  @Test func gradientsOfAnotherModelStop() async {
    await #expect(processExitsWith: .failure) {
      let optimizer = SGD(Vector(.zeros([2])))
      optimizer.step(along: Vector(.zeros([2])).gradients(.ones([2])))
    }
  }

  @Test func nesterovWithoutMomentumStops() async {
    await #expect(processExitsWith: .failure) { _ = SGD(Vector(.zeros([1])), nesterov: true) }
  }
}

/// LeNet-5 as in "Dive into Deep Learning" §7.6, the network of the golden `lenet`.
final class LeNet: Layer {
  let conv1, conv2: Conv2d
  let fc1, fc2, fc3: Linear

  init(seed: UInt64 = 1) {
    var random = PhiloxGenerator(seed: seed)
    conv1 = Conv2d(inputs: 1, outputs: 6, kernel: 5, padding: 2, using: &random)
    conv2 = Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random)
    fc1 = Linear(inputs: 400, outputs: 120, using: &random)
    fc2 = Linear(inputs: 120, outputs: 84, using: &random)
    fc3 = Linear(inputs: 84, outputs: 10, using: &random)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    let pool = AvgPool2d(kernel: 2)
    let first = pool(sigmoid(conv1(images)))
    let second = pool(sigmoid(conv2(first))).flattened(from: 1)
    return fc3(sigmoid(fc2(sigmoid(fc1(second)))))
  }
}
