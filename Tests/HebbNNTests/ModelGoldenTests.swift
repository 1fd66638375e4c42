import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Whole networks and second derivatives through layers, against PyTorch.
@Suite struct ModelGoldenTests {
  @Test(arguments: Precision.both) func leNet(_ precision: Precision) throws {
    let golden = try Golden("lenet", "lenet")
    let model = LeNet()
    try model.load(golden.all(under: "state/"))
    model.cast(to: precision.dtype)
    let logits = model(golden["input"].cast(to: precision.dtype))
    expectClose(logits, golden["logits"], within: precision.tolerance)
    let loss = softmaxCrossEntropy(logits: logits, labels: golden["labels"])
    expectClose(loss, golden["loss"], within: precision.tolerance)
    let slopes = gradients(of: loss, for: model)
    #expect(slopes.tensors.count == 10)
    for (name, slope) in slopes.named {
      expectClose(slope, golden["grad/\(name)"], within: precision.tolerance, name)
    }
  }

  @Test(arguments: ["basic_block", "basic_block_downsample"], Precision.both)
  func residualBlock(_ name: String, _ precision: Precision) throws {
    let golden = try Golden("resnet_block", name)
    let isPlain = name == "basic_block"
    let block = BasicBlock(inputs: 8, outputs: isPlain ? 8 : 16, stride: isPlain ? 1 : 2)
    try block.load(golden.all(under: "state/"))
    block.cast(to: precision.dtype)
    let x = golden["input"].cast(to: precision.dtype).source()
    let y = block(x)
    expectClose(y, golden["output"], within: precision.tolerance)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    for (name, slope) in gradients(of: loss, for: block).named {
      expectClose(slope, golden["grad/\(name)"], within: precision.tolerance, name)
    }
    expectClose(gradients(of: loss, for: [x])[0], golden["grad_input"], within: precision.tolerance)
    let after = golden.all(under: "after/")
    #expect(after.count == (isPlain ? 4 : 6))
    for (name, box) in block.namedBuffers() where !name.hasSuffix("num_batches_tracked") {
      let expected = try #require(after[name])
      expectClose(try #require(box.tensor), expected, within: precision.tolerance, name)
    }
  }

  /// mean (|ds/dx| − 1)² with s the sum of the scores of each example: gradients of gradients.
  @Test(arguments: Precision.both) func gradientPenalty(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let perceptron = Linear(inputs: 3, outputs: 5, using: &random)
    let outputs = ParameterBox(.zeros([5], dtype: precision.dtype))
    try expectPenalty("penalty_mlp", precision, perceptron, second: outputs) { x, weight2 in
      (tanh(perceptron(x)) * weight2).sum(axes: [1])
    }
    let convolutional = Conv2d(inputs: 2, outputs: 3, kernel: 3, padding: 1, using: &random)
    let filter = ParameterBox(.zeros([1, 3, 2, 2], dtype: precision.dtype))
    try expectPenalty("penalty_conv", precision, convolutional, second: filter) { x, weight2 in
      convolution(AvgPool2d(kernel: 2)(tanh(convolutional(x))), weight2).sum(axes: [1, 2, 3])
    }
  }

  private func expectPenalty(
    _ name: String, _ precision: Precision, _ layer: some Layer, second: ParameterBox,
    scores: (_ x: Tensor, _ weight2: Tensor) -> Tensor
  ) throws {
    let golden = try Golden("second_order", name)
    try layer.load(["weight": golden["weight1"], "bias": golden["bias1"]])
    layer.cast(to: precision.dtype)
    second.tensor = golden["weight2"].cast(to: precision.dtype)
    let weight2 = try #require(second.tensor)
    let x = golden["input"].cast(to: precision.dtype).source()
    let slope = gradients(of: scores(x, weight2).sum(), for: [x])[0]
    let axes = Array(1..<x.rank)
    let penalty = square(sqrt(square(slope).sum(axes: axes)) - 1).mean()
    expectClose(penalty, golden["penalty"], within: precision.tolerance, name)
    for (key, gradient) in gradients(of: penalty, for: layer).named {
      expectClose(gradient, golden["grad_\(key)1"], within: precision.tolerance, "\(name) \(key)")
    }
    let others = gradients(of: penalty, for: [weight2, x])
    expectClose(others[0], golden["grad_weight2"], within: precision.tolerance, name)
    expectClose(others[1], golden["grad_input"], within: precision.tolerance, name)
  }
}
