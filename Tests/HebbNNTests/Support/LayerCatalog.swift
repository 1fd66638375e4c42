import HebbCore
import HebbNN
import HebbTestSupport

/// One row for each layer: a new layer adds one and gains the tests of `LayerCatalogTests`.
struct LayerCase: Sendable, CustomStringConvertible {
  let name: String
  let input: Shape
  let output: Shape
  /// Names and shapes of parameters and buffers, as checkpoints have them.
  let state: String
  /// Number of different indices, for layers that take integers.
  let indices: Int?
  let make: @Sendable (inout PhiloxGenerator) -> any Layer

  init(
    _ name: String, _ input: Shape, _ output: Shape, state: String = "", indices: Int? = nil,
    _ make: @escaping @Sendable (inout PhiloxGenerator) -> any Layer
  ) {
    self.name = name
    (self.input, self.output) = (input, output)
    self.state = state
    self.indices = indices
    self.make = make
  }

  var description: String { name }

  /// The layer of a seed, in double precision.
  func layer(seed: UInt64) -> any Layer {
    var random = PhiloxGenerator(seed: seed)
    let layer = make(&random)
    layer.cast(to: .float64)
    return layer
  }

  /// An input of a seed.
  func sample(seed: UInt64) -> Tensor {
    if let indices { return .sampleIndices(input, below: indices, seed) }
    return .sample(input, seed, dtype: .float64)
  }

  static let all = basic + activations + spatial + normalizations + sequences

  private static let basic: [LayerCase] = [
    LayerCase("Linear", [3, 5], [3, 4], state: "weight[4, 5] bias[4]") {
      Linear(inputs: 5, outputs: 4, using: &$0)
    },
    LayerCase("Linear without bias", [2, 3, 5], [2, 3, 4], state: "weight[4, 5]") {
      Linear(inputs: 5, outputs: 4, bias: false, using: &$0)
    },
    LayerCase("Conv2d", [2, 2, 5, 6], [2, 4, 3, 3], state: "weight[4, 2, 3, 3] bias[4]") {
      Conv2d(inputs: 2, outputs: 4, kernel: 3, stride: 2, padding: 1, using: &$0)
    },
    LayerCase("Conv2d in groups", [2, 4, 5, 5], [2, 6, 3, 3], state: "weight[6, 2, 2, 2] bias[6]") {
      Conv2d(
        inputs: 4, outputs: 6, kernel: [2, 2], geometry: .init(dilation: [2, 2], groups: 2),
        using: &$0)
    },
    LayerCase("MaxPool2d", [2, 2, 5, 6], [2, 2, 3, 3]) { _ in
      MaxPool2d(kernel: 3, stride: 2, padding: 1)
    },
    LayerCase("AvgPool2d", [2, 2, 5, 6], [2, 2, 3, 3]) { _ in
      AvgPool2d(kernel: 3, stride: 2, padding: 1)
    },
    LayerCase("GlobalAvgPool2d", [2, 3, 4, 5], [2, 3, 1, 1]) { _ in GlobalAvgPool2d() },
    LayerCase("Flatten", [2, 3, 2, 2], [2, 12]) { _ in Flatten() },
    LayerCase("ReLU", [3, 4], [3, 4]) { _ in ReLU() },
    LayerCase("Sigmoid", [3, 4], [3, 4]) { _ in Sigmoid() },
    LayerCase("Tanh", [3, 4], [3, 4]) { _ in Tanh() },
    LayerCase("GELU", [3, 4], [3, 4]) { _ in GELU() },
    LayerCase("GELU by tanh", [3, 4], [3, 4]) { _ in GELU(.tanh) },
    LayerCase("SiLU", [3, 4], [3, 4]) { _ in SiLU() },
    LayerCase("LeakyReLU", [3, 4], [3, 4]) { _ in LeakyReLU(slope: 0.2) },
    LayerCase("ELU", [3, 4], [3, 4]) { _ in ELU(alpha: 1.5) },
    LayerCase("Softplus", [3, 4], [3, 4]) { _ in Softplus() },
    LayerCase("Softmax", [3, 4, 2], [3, 4, 2]) { _ in Softmax(axis: 1) },
    LayerCase("LogSoftmax", [3, 4], [3, 4]) { _ in LogSoftmax() },
    LayerCase("Dropout", [6, 7], [6, 7], state: "draws[]") { Dropout(0.4, using: &$0) },
    LayerCase(
      "BatchNorm", [4, 3, 2, 2], [4, 3, 2, 2],
      state: "weight[3] bias[3] running_mean[3] running_var[3] num_batches_tracked[]"
    ) { _ in BatchNorm(channels: 3) },
    LayerCase(
      "BatchNorm in use", [4, 3], [4, 3],
      state: "weight[3] bias[3] running_mean[3] running_var[3] num_batches_tracked[]"
    ) { _ in BatchNorm(channels: 3).eval() },
    LayerCase("LayerNorm", [3, 4, 5], [3, 4, 5], state: "weight[4, 5] bias[4, 5]") { _ in
      LayerNorm([4, 5])
    },
    LayerCase("Embedding", [2, 3], [2, 3, 4], state: "weight[7, 4]", indices: 7) {
      Embedding(count: 7, width: 4, using: &$0)
    },
    LayerCase(
      "LSTMCell", [3, 4], [3, 10],
      state: "cell.weight_ih[20, 4] cell.weight_hh[20, 5] cell.bias_ih[20] cell.bias_hh[20]"
    ) { LSTMSteps(LSTMCell(inputs: 4, hidden: 5, using: &$0)) },
    LayerCase(
      "GRUCell", [3, 4], [3, 5],
      state: "cell.weight_ih[15, 4] cell.weight_hh[15, 5] cell.bias_ih[15] cell.bias_hh[15]"
    ) { GRUSteps(GRUCell(inputs: 4, hidden: 5, using: &$0)) },
    LayerCase("scaledDotProductAttention", [2, 4, 3], [2, 4, 3]) { _ in SelfAttention() },
    LayerCase(
      "Sequential", [3, 5], [3, 2], state: "0.weight[4, 5] 0.bias[4] 2.weight[2, 4] 2.bias[2]"
    ) { random in
      Sequential {
        Linear(inputs: 5, outputs: 4, using: &random)
        Tanh()
        Linear(inputs: 4, outputs: 2, using: &random)
      }
    },
  ]
}

/// Two steps of a cell on the same input; h and c side by side.
private final class LSTMSteps: Layer {
  let cell: LSTMCell
  init(_ cell: LSTMCell) { self.cell = cell }
  func callAsFunction(_ x: Tensor) -> Tensor {
    let state = cell(x, cell(x))
    return concatenate([state.hidden, state.cell], axis: 1)
  }
}

/// Two steps of a cell on the same input.
private final class GRUSteps: Layer {
  let cell: GRUCell
  init(_ cell: GRUCell) { self.cell = cell }
  func callAsFunction(_ x: Tensor) -> Tensor { cell(x, cell(x)) }
}

/// Every position sees itself and those before.
private final class SelfAttention: Layer {
  func callAsFunction(_ x: Tensor) -> Tensor {
    scaledDotProductAttention(query: x, key: sin(x), value: cos(x), isCausal: true)
  }
}
