import HebbCore
import HebbNN

/// LeNet with batch normalization after each layer but the last, as "Dive into Deep Learning" §8.5
/// has it: two convolutions with sigmoid and average pooling, three linear layers.
///
/// 44,878 parameters for ten classes; the first convolution does not pad, so there are fewer than
/// LeNet-5 has.
///
/// Shapes: `[batch, 1, 28, 28]` → logits `[batch, classes]`.
public final class LeNetBatchNorm: Layer {
  /// 6 maps; without padding, as the book has it.
  public let conv1: Conv2d
  /// Normalizes the 6 maps.
  public let norm1: BatchNorm
  /// 16 maps.
  public let conv2: Conv2d
  /// Normalizes the 16 maps.
  public let norm2: BatchNorm
  /// 256 inputs, 120 units.
  public let fc1: Linear
  /// Normalizes the 120 units.
  public let norm3: BatchNorm
  /// 84 units.
  public let fc2: Linear
  /// Normalizes the 84 units.
  public let norm4: BatchNorm
  /// The logits.
  public let fc3: Linear

  private let pool = AvgPool2d(kernel: 2)

  /// A network with random weights, Xavier-uniform as the book has them; biases as in PyTorch.
  ///
  /// - Parameters:
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(classes: Int = 10, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    conv1 = Conv2d(inputs: 1, outputs: 6, kernel: 5, using: &random)
    norm1 = BatchNorm(channels: 6)
    conv2 = Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random)
    norm2 = BatchNorm(channels: 16)
    fc1 = Linear(inputs: 16 * 4 * 4, outputs: 120, using: &random)
    norm3 = BatchNorm(channels: 120)
    fc2 = Linear(inputs: 120, outputs: 84, using: &random)
    norm4 = BatchNorm(channels: 84)
    fc3 = Linear(inputs: 84, outputs: classes, using: &random)
    let xavier = Initializer.xavierUniform()
    for layer in [conv1, conv2] { layer.weight = xavier(layer.weight.shape, using: &random) }
    for layer in [fc1, fc2, fc3] { layer.weight = xavier(layer.weight.shape, using: &random) }
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, 1, 28, 28]
    let s2 = pool(sigmoid(norm1(conv1(images))))  // [batch, 6, 12, 12]
    let s4 = pool(sigmoid(norm2(conv2(s2))))  // [batch, 16, 4, 4]
    let c5 = sigmoid(norm3(fc1(s4.flattened(from: 1))))  // [batch, 120]
    let f6 = sigmoid(norm4(fc2(c5)))  // [batch, 84]
    return fc3(f6)  // [batch, classes]
  }
}
