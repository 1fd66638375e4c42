import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// The demonstrations that the textbook systems ask for.
@Suite struct NormalizationSystemsTests {
  /// Zhang et al., "Dive into Deep Learning" §11.7: layers normalize rows, batches columns.
  @Test func layersNormalizeRowsBatchesColumns() {
    let x = Tensor([1.0, 2, 2, 3], shape: [2, 2]).cast(to: .float32)
    expectClose(LayerNorm([2])(x).doubles(), [-1, 1, -1, 1], within: 1e-4)
    expectClose(BatchNorm(channels: 2)(x).doubles(), [-1, -1, 1, 1], within: 1e-4)
  }

  /// Both orders of batch normalization and rectifier train; before the rectifier, the affine map needs
  /// no bias.
  @Test(arguments: [true, false]) func bothPlacesTrain(_ isBeforeActivation: Bool) {
    var random = PhiloxGenerator(seed: 1)
    let first = Linear(inputs: 2, outputs: 16, bias: !isBeforeActivation, using: &random)
    let norm = BatchNorm(channels: 16)
    let model = Sequential(
      [first] + (isBeforeActivation ? [norm, ReLU()] : [ReLU(), norm])
        + [Linear(inputs: 16, outputs: 1, using: &random)])
    let x = Tensor.sample([64, 2], 2)
    let target = x.slice(axis: 1, 0..<1) * x.slice(axis: 1, 1..<2)
    var losses: [Double] = []
    for _ in 0..<60 {
      let loss = square(model(x) - target).mean()
      losses.append(loss.item())
      let slopes = gradients(of: loss, for: model)
      for (box, slope) in zip(slopes.parameters.boxes, slopes.tensors) {
        box.tensor = stopGradient((box.tensor ?? slope) - 0.1 * slope).evaluated()
      }
    }
    #expect(losses[59] < 0.3 * losses[0])
  }

  /// In use the same input gives the same bits, whatever came before; a model left in training mode can
  /// be told from one in use.
  @Test func useIsRepeatable() {
    var random = PhiloxGenerator(seed: 3)
    let model = Sequential {
      Linear(inputs: 4, outputs: 8, using: &random)
      BatchNorm(channels: 8)
      Dropout(0.5, using: &random)
      Linear(inputs: 8, outputs: 2, using: &random)
    }
    let x = Tensor.sample([5, 4], 4)
    #expect(model.isTraining)
    #expect(model(x).doubles() != model(x).doubles())
    model.eval()
    #expect(!model.isTraining)
    let y = model(x).doubles()
    _ = model(.sample([7, 4], 5))
    #expect(model(x).doubles() == y)
    // One example alone gives what it gives in a batch.
    expectClose(model(x[2..<3]).doubles(), Array(y[4..<6]), within: 1e-6)
  }
}

@Suite struct FreezingTests {
  @Test func partsAreFrozenByName() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential {
      Linear(inputs: 3, outputs: 3, using: &random)
      Sequential([Linear(inputs: 3, outputs: 3, using: &random)])
      Linear(inputs: 3, outputs: 2, using: &random)
    }
    #expect(model.freeze(named: "1.") == 2)
    #expect(model.parameters.names == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(model.freeze(named: "encoder.") == 0)
    #expect(model.freeze(named: "0.bias") == 1)
    #expect(model.parameters.names == ["0.weight", "2.weight", "2.bias"])
    model.freeze(named: "", false)
    #expect(model.parameters.count == 6)
  }
}
