import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// Training with products in `bfloat16` and parameters in `float32`.
@Suite struct MixedPrecisionTests {
  private final class Perceptron: Layer {
    let fc1, fc2: Linear
    init() {
      var random = PhiloxGenerator(seed: 3)
      fc1 = Linear(inputs: 12, outputs: 32, using: &random)
      fc2 = Linear(inputs: 32, outputs: 4, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor { fc2(relu(fc1(x))) }
  }

  private final class Convolutions: Layer {
    let conv: Conv2d
    let norm = BatchNorm2d(channels: 8)
    let fc: Linear
    init() {
      var random = PhiloxGenerator(seed: 3)
      conv = Conv2d(inputs: 1, outputs: 8, kernel: 3, using: &random)
      fc = Linear(inputs: 8, outputs: 4, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor {
      fc(relu(norm(conv(x.reshaped(to: [-1, 1, 3, 4])))).mean(axes: [2, 3]))
    }
  }

  private final class Reader: Layer {
    let layer: TransformerEncoderLayer
    let head: Linear
    init() {
      var random = PhiloxGenerator(seed: 3)
      layer = TransformerEncoderLayer(
        width: 4, heads: 2,
        TransformerOptions(feedForward: 16, dropout: 0, batchFirst: true), using: &random)
      head = Linear(inputs: 4, outputs: 4, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor {
      head(layer(x.reshaped(to: [-1, 3, 4])).mean(axes: [1]))
    }
  }

  /// Losses of a training on examples of four classes that overlap.
  private func losses(_ model: any Layer, _ dtype: DType?, steps: Int = 150) -> [Double] {
    let labels = Tensor.sampleIndices([256], below: 4, 1)
    let centers = Tensor.sample([4, 12], 2)
    let x = (centers.gathering(labels) + Tensor.sample([256, 12], 5)).evaluated()
    let optimizer = Adam(model, rate: 0.01)
    model.train()
    return (0..<steps).map { step in
      let part = step * 64 % 256
      let loss = withAutocast(dtype) {
        softmaxCrossEntropy(
          logits: model(x[part..<part + 64]), labels: labels[part..<part + 64])
      }
      let slopes = gradients(of: loss, for: optimizer.parameters)
      for slope in slopes.tensors { #expect(slope.dtype == .float32) }
      optimizer.step(along: slopes)
      return loss.item()
    }
  }

  private func model(_ name: String) -> any Layer {
    switch name {
    case "perceptron": Perceptron()
    case "convolutions": Convolutions()
    default: Reader()
    }
  }

  @Test(arguments: ["perceptron", "convolutions", "attention"])
  func reachesTheLossOfSinglePrecision(_ name: String) {
    let (single, narrow) = (model(name), model(name))
    let (a, b) = (losses(single, nil), losses(narrow, .bfloat16))
    // The last pass, four batches.
    let (before, after) = (a.prefix(4).reduce(0, +) / 4, a.suffix(4).reduce(0, +) / 4)
    let reached = b.suffix(4).reduce(0, +) / 4
    #expect(after < 0.8 * before, "float32 does not learn: \(before), \(after)")
    // Roundings of 2⁻⁹ act as noise on the way; a tenth of what was learned is far above what they did
    // here (below 0.02), and far below what a wrong gradient does.
    #expect(abs(reached - after) < 0.1 * (before - after), "\(reached) against \(after)")
    #expect(a.last != b.last)
    for (path, tensor) in narrow.state() {
      #expect(tensor.dtype == .float32 || tensor.dtype == .int64, "\(path)")
    }
  }

  /// Weights in float32 take steps that bfloat16 could not hold: 1 + 2⁻¹² is 1 there.
  @Test func smallStepsAreNotLost() {
    let model = Perceptron()
    model.fc1.weight = .ones([32, 12])
    let optimizer = SGD(model, rate: 0x1p-20)
    for _ in 0..<8 {
      let loss = withAutocast(.bfloat16) { model(Tensor.ones([2, 12])).sum() }
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
    let moved = model.fc1.weight.doubles().filter { $0 != 1 }
    #expect(moved.count > 100 && moved.allSatisfy { abs($0 - 1) < 0x1p-12 })
  }

  /// The same seed gives the same bits.
  @Test func isReproducible() {
    #expect(
      losses(Reader(), .bfloat16, steps: 10) == losses(Reader(), .bfloat16, steps: 10))
  }
}
