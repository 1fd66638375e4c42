import HebbCore
import HebbNN

/// LeNet-5 made slightly modern, with ReLU and max pooling, as "Dive into Deep Learning" §12.11 has
/// it for its runs with learning-rate schedules. 61,706 parameters for ten classes.
///
/// Shapes: `[batch, 1, 28, 28]` → logits `[batch, classes]`.
public final class LeNetReLU: Layer {
  /// 6 maps of 28 times 28.
  public let conv1: Conv2d
  /// 16 maps of 10 times 10.
  public let conv2: Conv2d
  /// 400 inputs, 120 units.
  public let fc1: Linear
  /// 84 units.
  public let fc2: Linear
  /// The logits.
  public let fc3: Linear

  private let pool = MaxPool2d(kernel: 2)

  /// A network with random weights, PyTorch's default.
  ///
  /// - Parameters:
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(classes: Int = 10, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    conv1 = Conv2d(inputs: 1, outputs: 6, kernel: 5, padding: 2, using: &random)
    conv2 = Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random)
    fc1 = Linear(inputs: 16 * 5 * 5, outputs: 120, using: &random)
    fc2 = Linear(inputs: 120, outputs: 84, using: &random)
    fc3 = Linear(inputs: 84, outputs: classes, using: &random)
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, 1, 28, 28]
    let s2 = pool(relu(conv1(images)))  // [batch, 6, 14, 14]
    let s4 = pool(relu(conv2(s2)))  // [batch, 16, 5, 5]
    let c5 = relu(fc1(s4.flattened(from: 1)))  // [batch, 120]
    let f6 = relu(fc2(c5))  // [batch, 84]
    return fc3(f6)  // [batch, classes]
  }
}
