import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import HebbVision
import Testing

/// Residual networks against PyTorch and torchvision; weights by the formula of
/// `Tools/golden/residual.py`.
@Suite struct ResNetTests {
  private let golden: [String: Tensor]

  init() throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let path = parts.joined(separator: "/") + "/Goldens/resnet.safetensors"
    golden = try SafeTensors(path: path).tensors()
  }

  /// u of the formula: as even as random numbers in -.5..<.5, exact in single precision.
  private func noise(_ name: String, _ shape: Shape) -> Tensor {
    let seed = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let values = (0..<shape.elementCount).map { index in
      var h = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
      h = (h ^ (h >> 16)) &* 0x85EB_CA6B
      h = (h ^ (h >> 13)) &* 0xC2B2_AE35
      h ^= h >> 16
      return Float(h >> 8) / 16_777_216 - 0.5
    }
    return Tensor(values, shape: shape)
  }

  private func load(into model: any Layer) throws {
    var state: [String: Tensor] = [:]
    for (name, tensor) in model.state() where tensor.dtype.isFloatingPoint {
      let u = noise(name, tensor.shape)
      if tensor.rank > 1 {
        let fan = Double(tensor.shape[1...].reduce(1, *))
        state[name] = u * ((tensor.rank == 4 ? 24 : 12) / fan).squareRoot()
      } else if name.hasSuffix("running_var") {
        state[name] = u + 1
      } else if name.hasSuffix("weight") {
        state[name] = 0.5 * u + 0.5
      } else {
        state[name] = 0.25 * u
      }
    }
    try model.load(state)
  }

  private func images(_ shape: Shape) -> Tensor { noise("input", shape) * 12.0.squareRoot() }

  private func expectLogits(
    _ model: any Layer, _ images: Tensor, _ name: String, within tolerance: Double = 1e-5
  ) throws {
    expectClose(model(images), try #require(golden["\(name)/logits"]), within: tolerance, name)
  }

  /// Logits of all depths; PyTorch's own single precision is off by up to 2e-6.
  @Test(arguments: ResNet.Depth.allCases) func agreesWithTorchvision(depth: ResNet.Depth) throws {
    let model = ResNet(depth, classes: 10, seed: 1)
    try load(into: model)
    model.eval()
    try withoutGradients {
      try expectLogits(model, images([2, 3, 64, 40]), "resnet\(depth.rawValue)")
    }
  }

  @Test func smallNetworkAgreesWithPyTorch() throws {
    let model = CIFARResNet(depth: 20, seed: 1)
    try load(into: model)
    model.eval()
    try expectLogits(model, images([2, 3, 32, 24]), "small20")
  }

  /// Logits, loss, and each parameter's gradient along a direction.
  private func expectStep(
    _ model: any Layer, _ shape: Shape, _ labels: [Int64], _ name: String, within tolerance: Double
  ) throws {
    try load(into: model)
    model.train()
    let output = model(images(shape))
    let logits = output.rank == 4 ? output.mean(axes: [2, 3]) : output
    let loss = softmaxCrossEntropy(logits: logits, labels: Tensor(labels))
    // A bias before a norm has no gradient but rounding.
    let slopes = gradients(of: loss, for: model).named.filter { name, _ in
      !(name.contains("conv") && name.hasSuffix("bias"))
    }
    expectClose(
      logits, try #require(golden["\(name)/logits"]), within: tolerance, "\(name) logits")
    expectClose(loss, try #require(golden["\(name)/loss"]), within: tolerance, "\(name) loss")
    #expect(slopes.count == golden.keys.count { $0.hasPrefix("\(name)/slope/") })
    for (parameter, slope) in slopes {
      let direction = noise("slope/\(parameter)", slope.shape)
      let found = (slope * direction).cast(to: .float64).sum().item()
      let expected = try #require(golden["\(name)/slope/\(parameter)"]).item()
      // Relative to the size that such a sum has, for numbers that cancel.
      let scale = max(square(slope).sum().item().squareRoot() * 0.3, abs(expected), 1e-3)
      #expect(
        abs(found - expected) <= tolerance * scale,
        "\(name) \(parameter): \(found), expected \(expected)")
    }
  }

  @Test func smallNetworkTrainsAsPyTorchs() throws {
    try expectStep(
      CIFARResNet(depth: 8, seed: 1), [3, 3, 12, 8], [3, 0, 9], "small8_train", within: 1e-4)
  }

  @Test func bookFormTrainsAsPyTorchs() throws {
    let model = ResNet(
      .resNet18, channels: 1, classes: 10, form: .diveIntoDeepLearning, width: 8, seed: 1)
    try expectStep(model, [4, 1, 48, 64], [3, 0, 9, 5], "book18_train", within: 1e-4)
  }

  @Test func bottleneckTrainsAsTorchvisions() throws {
    var random = PhiloxGenerator(seed: 1)
    let block = Bottleneck(inputs: 16, width: 8, stride: 2, using: &random)
    try expectStep(block, [3, 16, 10, 12], [3, 0, 9], "bottleneck_train", within: 1e-4)
  }

  @Test func parameterCountsAreThePublishedOnes() {
    let counts = [
      18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808,
    ]
    for depth in ResNet.Depth.allCases {
      #expect(ResNet(depth, seed: 1).parameterCount == counts[depth.rawValue])
    }
    // d2l's notebook for gray pictures in ten classes prints 11,178,378.
    let book = ResNet(.resNet18, channels: 1, classes: 10, form: .diveIntoDeepLearning, seed: 1)
    #expect(book.parameterCount == 11_178_378)
    let small = [20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962]
    for (depth, count) in small {
      #expect(CIFARResNet(depth: depth, seed: 1).parameterCount == count)
    }
  }

  /// As d2l §8.6 prints them.
  @Test func shapesAreTheBooks() {
    let model = ResNet(
      .resNet18, channels: 1, classes: 10, form: .diveIntoDeepLearning, width: 4, seed: 1)
    let images = Tensor.zeros([1, 1, 96, 96])
    let stem = MaxPool2d(kernel: 3, stride: 2, padding: 1)(model.conv1(images))
    #expect(stem.shape == [1, 4, 24, 24])
    let last = model.layer4(model.layer3(model.layer2(model.layer1(stem))))
    #expect(last.shape == [1, 32, 3, 3])
  }

  @Test func startsKaimingNormalByOutputs() {
    let model = ResNet(.resNet18, seed: 2)
    let weight = model.layer3.layers[1].namedParameters()
      .first { $0.name == "conv2.weight" }?.box.tensor
    let deviation = sqrt(square(weight ?? .zeros([1])).mean()).item()
    // √(2 / (256 · 9)); of 589,824 numbers the deviation is known to some thousandths.
    #expect(abs(deviation / 0.029_463 - 1) < 0.01)
    #expect(model.conv1.bias == nil)
  }

  /// Very deep networks (He et al. 2016, §4.2): 1,202 layers give finite gradients, and the loss falls.
  @Test func aThousandLayersTrain() throws {
    let model = CIFARResNet(depth: 1202, seed: 1)
    let inputs = images([4, 3, 8, 8])
    let labels = Tensor([0, 1, 2, 3] as [Int64])
    var losses: [Double] = []
    for _ in 0..<2 {
      let loss = softmaxCrossEntropy(logits: model(inputs), labels: labels)
      let slopes = gradients(of: loss, for: model)
      var updates: [(ParameterBox, Tensor)] = []
      for ((_, box), (_, slope)) in zip(model.namedParameters(), slopes.named) {
        guard let tensor = box.tensor else { continue }
        updates.append((box, tensor - 1e-5 * slope))
      }
      #expect(updates.count > 3600)
      Tensor.evaluate([loss] + updates.map(\.1))
      for (box, tensor) in updates { box.tensor = tensor }
      losses.append(loss.item())
    }
    #expect(losses.allSatisfy { $0.isFinite })
    #expect(losses[1] < losses[0], "\(losses)")
    #expect(model.conv1.weight.doubles().allSatisfy { $0.isFinite })
  }
}
