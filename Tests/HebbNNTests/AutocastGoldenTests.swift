import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import Testing

/// Mixed precision beside PyTorch's `torch.autocast("cpu", dtype=torch.bfloat16)`.
@Suite struct AutocastGoldenTests {
  private final class Perceptron: Layer {
    let fc1, fc2: Linear
    let norm = LayerNorm([24])
    init() {
      var random = PhiloxGenerator(seed: 1)
      fc1 = Linear(inputs: 20, outputs: 24, using: &random)
      fc2 = Linear(inputs: 24, outputs: 5, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor { fc2(norm(gelu(fc1(x)))) }
  }

  private final class Convolutions: Layer {
    let conv1, conv2: Conv2d
    let bn = BatchNorm2d(channels: 6)
    let fc: Linear
    init() {
      var random = PhiloxGenerator(seed: 1)
      conv1 = Conv2d(inputs: 2, outputs: 6, kernel: 3, padding: 1, using: &random)
      conv2 = Conv2d(inputs: 6, outputs: 8, kernel: 3, stride: 2, using: &random)
      fc = Linear(inputs: 8, outputs: 5, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor {
      let first = MaxPool2d(kernel: 2)(relu(bn(conv1(x))))
      return fc(relu(conv2(first)).mean(axes: [2, 3]))
    }
  }

  private final class AttentionBlock: Layer {
    let ln1 = LayerNorm([16])
    let ln2 = LayerNorm([16])
    let qkv, proj, fc, out, head: Linear
    init() {
      var random = PhiloxGenerator(seed: 1)
      qkv = Linear(inputs: 16, outputs: 48, using: &random)
      proj = Linear(inputs: 16, outputs: 16, using: &random)
      fc = Linear(inputs: 16, outputs: 32, using: &random)
      out = Linear(inputs: 32, outputs: 16, using: &random)
      head = Linear(inputs: 16, outputs: 5, using: &random)
    }
    func callAsFunction(_ input: Tensor) -> Tensor {
      let (batch, time, width) = (input.shape[0], input.shape[1], input.shape[2])
      let heads = qkv(ln1(input)).split(3, axis: 2).map {
        $0.reshaped(to: [batch, time, 2, width / 2]).transposed(1, 2)
      }
      let y = scaledDotProductAttention(
        query: heads[0], key: heads[1], value: heads[2], isCausal: true)
      var x = input + proj(y.transposed(1, 2).reshaped(to: [batch, time, width]))
      x = x + out(geluTanh(fc(ln2(x))))
      return head(x.mean(axes: [1]))
    }
  }

  private final class Recurrent: Layer {
    let rnn: LSTM
    let head: Linear
    init() {
      var random = PhiloxGenerator(seed: 1)
      rnn = LSTM(inputs: 6, hidden: 18, RecurrentOptions(layers: 2), using: &random)
      head = Linear(inputs: 18, outputs: 5, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor { head(rnn(x).mean(axes: [0])) }
  }

  /// The largest difference, relative to the largest magnitude.
  private static func error(_ a: Tensor, _ b: Tensor) -> Double {
    let largest = b.doubles().map(abs).max() ?? 1
    let worst = zip(a.doubles(), b.doubles()).map { abs($0 - $1) }.max() ?? 0
    return worst / max(largest, 1e-30)
  }

  @Test(arguments: ["perceptron", "convolutions", "attention", "recurrent"])
  func oneStepAgreesWithPyTorch(_ name: String) throws {
    let golden = try Golden("autocast", name)
    let model: any Layer =
      switch name {
      case "perceptron": Perceptron()
      case "convolutions": Convolutions()
      case "attention": AttentionBlock()
      default: Recurrent()
      }
    try model.load(golden.all(under: "state/"))
    model.train()
    let (logits, loss) = withAutocast(.bfloat16) { () -> (Tensor, Tensor) in
      let logits = model(golden["input"])
      return (logits, softmaxCrossEntropy(logits: logits, labels: golden["labels"]))
    }
    #expect(logits.dtype == .bfloat16 && loss.dtype == .float32)
    let slopes = gradients(of: loss, for: model)
    // bfloat16 has half a unit of 2⁻⁹; what is rounded differently on the way (PyTorch rounds once where
    // a bias is added, Hebb twice) makes some such units of the largest number.
    #expect(Self.error(logits, golden["logits"]) < 0x1p-6)
    #expect(abs(loss.item() - golden["loss"].item()) < 0x1p-8)
    var ours = 0.0
    for (path, slope) in slopes.named {
      #expect(slope.dtype == .float32)
      let (theirs, exact) = (golden["grad/\(path)"], golden["exact/grad/\(path)"])
      // A slope that cancels to nothing is all rounding.
      if exact.doubles().map(abs).max() ?? 0 < 1e-5 { continue }
      let error = Self.error(slope, theirs)
      #expect(error < 0x1p-5, "\(path) differs by \(error)")
      ours = max(ours, Self.error(slope, exact))
    }
    // It is not float32 that was computed.
    #expect(ours > 1e-4)
    // In float32 the same model gives the exact results.
    let single = softmaxCrossEntropy(logits: model(golden["input"]), labels: golden["labels"])
    expectClose(single, golden["exact/loss"], within: 2e-6)
  }

  /// What PyTorch gives each operation, with the operations for which Hebb's type differs on purpose.
  @Test func typesAreThoseOfPyTorch() throws {
    let file = try SafeTensors(path: Golden.folder + "/autocast.safetensors")
    let text = try #require(file.metadata["types"])
    let types = try #require(try JSONValue(parsing: text, name: "types").objectValue)
    let x = Tensor.ones([4, 8])
    let w = Tensor.ones([8, 8])
    let b = x.cast(to: .bfloat16)
    let picture = Tensor.ones([2, 3, 8, 8])
    let labels = Tensor([0, 1, 2, 3])
    let results: [(String, () -> Tensor)] = [
      ("matmul", { matmul(x, w) }), ("linear", { affine(x, w, w[0]) }),
      ("conv2d", { convolution(picture, .ones([4, 3, 3, 3])) }),
      ("conv_transpose2d", { transposedConvolution(picture, .ones([3, 4, 3, 3])) }),
      ("attention", { scaledDotProductAttention(query: picture, key: picture, value: picture) }),
      ("prelu", { prelu(picture.cast(to: .bfloat16), slope: .ones([3])) }),
      ("relu", { relu(b) }), ("gelu", { gelu(b) }), ("add", { b + x }),
      ("cat", { concatenate([b, x]) }), ("where", { select(x .> 0, b, x) }),
      ("prod", { b.product() }), ("layer_norm", { LayerNorm([8])(b) }),
      ("layer_norm float32", { LayerNorm([8])(x) }),
      ("max_pool2d", { MaxPool2d(kernel: 2)(picture.cast(to: .bfloat16)) }),
      ("embedding", { w.gathering(labels) }),
      ("cross_entropy", { softmaxCrossEntropy(logits: b, labels: labels) }),
      ("mse_loss", { meanSquaredError(predictions: b, targets: b) }),
      ("matmul float64", { matmul(x.cast(to: .float64), w.cast(to: .float64)) }),
    ]
    let known = ["float32": DType.float32, "float64": .float64, "bfloat16": .bfloat16]
    for (name, result) in results {
      let expected = known[types[name]?.stringValue ?? ""]
      #expect(withAutocast(.bfloat16) { result().dtype } == expected, "\(name)")
    }
    let different: [(String, () -> Tensor)] = [
      ("softmax", { softmax(b) }), ("exp", { exp(b) }), ("log", { log(b) }),
      ("pow", { square(b) }), ("sum", { b.sum() }), ("mean", { b.mean() }),
    ]
    for (name, result) in different {
      #expect(types[name]?.stringValue == "bfloat16")
      #expect(withAutocast(.bfloat16) { result().dtype } == .float32, "\(name)")
    }
    #expect(types.members.count == results.count + different.count)
  }

  /// Losses of bfloat16 numbers are those of the same numbers in float32, and not of rounded differences.
  @Test func lossesAreComputedInSinglePrecision() {
    let x = Tensor.sample([64, 7], 1).cast(to: .bfloat16)
    let y = Tensor.sample([64, 7], 2).cast(to: .bfloat16)
    let (wideX, wideY) = (x.cast(to: .float32), y.cast(to: .float32))
    for loss in [
      { meanSquaredError(predictions: $0, targets: $1) },
      { meanAbsoluteError(predictions: $0, targets: $1) },
      { smoothL1(predictions: $0, targets: $1) }, { huber(predictions: $0, targets: $1) },
      { binaryCrossEntropy(logits: $0, targets: sigmoid($1)) },
    ] as [(Tensor, Tensor) -> Tensor] {
      let narrow = withAutocast(.bfloat16) { loss(x, y) }
      #expect(narrow.dtype == .float32)
      // Only what the test itself computes of bfloat16 numbers is rounded: sigmoid's targets.
      expectClose(narrow, loss(wideX, wideY), within: 1e-3)
    }
    let exact = meanSquaredError(predictions: wideX, targets: wideY)
    let narrow = withAutocast(.bfloat16) { meanSquaredError(predictions: x, targets: y) }
    expectClose(narrow, exact, within: 1e-6)
  }
}
