import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbVision
import Testing

@Suite struct LeNet5Tests {
  /// The case that `Tools/golden/models.py` computes with PyTorch in double precision.
  private func golden() throws -> [String: Tensor] {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let path = parts.joined(separator: "/") + "/Goldens/lenet.safetensors"
    return try SafeTensors(path: path).tensors()
  }

  private func state(_ golden: [String: Tensor], _ prefix: String) -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (key, tensor) in golden where key.hasPrefix(prefix) {
      state[String(key.dropFirst(prefix.count))] = tensor
    }
    return state
  }

  // In single precision PyTorch itself is off by 1.7e-6; the goldens are rounded to it.
  @Test(arguments: [(DType.float32, 5e-6), (DType.float64, 6e-8)])
  func agreesWithPyTorch(dtype: DType, tolerance: Double) throws {
    let golden = try golden()
    let model = LeNet5(seed: 1)
    try model.load(state(golden, "lenet/state/"))
    model.cast(to: dtype)
    let images = try #require(golden["lenet/input"]).cast(to: dtype)
    let labels = try #require(golden["lenet/labels"])
    let optimizer = SGD(model, rate: 0.9)
    var losses: [Double] = []
    for step in 0..<3 {
      let logits = model(images)
      let loss = softmaxCrossEntropy(logits: logits, labels: labels)
      let slopes = gradients(of: loss, for: model)
      if step == 0 {
        expectClose(logits, try #require(golden["lenet/logits"]), within: tolerance)
        expectClose(loss, try #require(golden["lenet/loss"]), within: tolerance)
        #expect(slopes.named.count == 10)
        for (name, slope) in slopes.named {
          expectClose(slope, try #require(golden["lenet/grad/\(name)"]), within: tolerance, name)
        }
      }
      optimizer.step(along: slopes)
      losses.append(loss.item())
    }
    expectClose(losses, try #require(golden["lenet/losses"]).doubles(), within: tolerance)
    for (name, tensor) in model.state() {
      expectClose(
        tensor, try #require(golden["lenet/after_3_steps/\(name)"]), within: tolerance, name)
    }
  }

  @Test func hasTheBooksParameters() {
    let model = LeNet5(seed: 1)
    #expect(model.parameterCount == 61_706)
    #expect(
      model.namedParameters().map(\.name) == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
      ])
    #expect(LeNet5(classes: 47, seed: 1).parameterCount == 61_706 + 37 * 85)
  }

  @Test func beginsXavierUniform() {
    let model = LeNet5(seed: 3)
    for (name, box) in model.namedParameters() where name.hasSuffix("weight") {
      guard let weight = box.tensor else { continue }
      let (inputs, outputs) = Initializer.fans(of: weight.shape)
      let bound = (6 / Double(inputs + outputs)).squareRoot()
      let largest = weight.doubles().map(abs).max() ?? 0
      // Of a hundred numbers or more the largest is near to the bound.
      #expect(largest <= bound && largest > 0.9 * bound, "\(name)")
    }
  }

  @Test func isAFunctionOfTheSeed() {
    let (a, b, c) = (LeNet5(seed: 5), LeNet5(seed: 5), LeNet5(seed: 6))
    #expect(a.fc1.weight.floats() == b.fc1.weight.floats())
    #expect(a.fc1.weight.floats() != c.fc1.weight.floats())
    #expect(a.conv1.weight.floats() != a.conv2.weight.floats())
  }
}
