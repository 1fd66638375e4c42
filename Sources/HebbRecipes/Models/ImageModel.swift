import HebbNN
import HebbVision

/// A network for gray pictures of 28 times 28 pixels in ten classes. Tests that hold for every such
/// network walk `all`, and `hebb list models` shows it.
public struct ImageModel: Sendable {
  /// The name of its type.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Makes it from a seed.
  public let make: @Sendable (_ seed: UInt64) -> any Layer

  /// All of them, the simplest first.
  public static let all: [ImageModel] = [
    ImageModel(
      name: "SoftmaxRegression", summary: "784-10, 7,850 parameters; hebb train softmax-regression"
    ) {
      SoftmaxRegression(seed: $0)
    },
    ImageModel(
      name: "MLP", summary: "784-256-10 with ReLU, 203,530 parameters, any sizes; hebb train mlp"
    ) {
      MLP(sizes: [784, 256, 10], seed: $0)
    },
    ImageModel(
      name: "MultiLayerNet",
      summary: "any sizes; a choice of start, normalization, dropout; hebb train saito-batch-norm"
    ) {
      MultiLayerNet(
        sizes: [784, 100, 100, 10], start: .he, batchNorm: true, dropout: 0.2, seed: $0)
    },
    ImageModel(
      name: "LeNet5",
      summary: "two convolutions, three linear layers, 61,706 parameters; hebb train lenet"
    ) { LeNet5(seed: $0) },
    ImageModel(
      name: "LeNetReLU",
      summary:
        "LeNet-5 with ReLU and max pooling, 61,706 parameters; hebb train lenet-constant-rate"
    ) { LeNetReLU(seed: $0) },
    ImageModel(
      name: "LeNetBatchNorm",
      summary: "LeNet with batch normalization, 44,878 parameters; hebb train lenet-bn"
    ) { LeNetBatchNorm(seed: $0) },
    ImageModel(
      name: "MaxoutMLP",
      summary: "784-240-240-10 of maxout units, 741,130 parameters; hebb train maxout"
    ) { MaxoutMLP(seed: $0) },
  ]
}
