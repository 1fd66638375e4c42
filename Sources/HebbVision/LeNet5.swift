import HebbCore
import HebbNN

/// LeNet-5 in the form of "Dive into Deep Learning" §7.6: two convolutions with sigmoid and average
/// pooling, three linear layers.
///
/// Against LeCun, Bottou, Bengio, Haffner 1998, "Gradient-Based Learning Applied to Document
/// Recognition" (figure 2): the images have 28 times 28 pixels and the first convolution pads them
/// to 32, all of its 6 maps feed all of the 16, pooling has no weights, and the output is a linear
/// layer whose softmax gives the classes instead of distances to fixed codes. 61,706 parameters for
/// ten classes.
///
/// Shapes: `[batch, 1, 28, 28]` → logits `[batch, classes]`.
public final class LeNet5: Layer {
  /// C1: 6 maps of 28 times 28.
  public let conv1: Conv2d
  /// C3: 16 maps of 10 times 10.
  public let conv2: Conv2d
  /// C5: 400 inputs, 120 units.
  public let fc1: Linear
  /// F6: 84 units.
  public let fc2: Linear
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
    conv1 = Conv2d(inputs: 1, outputs: 6, kernel: 5, padding: 2, using: &random)
    conv2 = Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random)
    fc1 = Linear(inputs: 16 * 5 * 5, outputs: 120, using: &random)
    fc2 = Linear(inputs: 120, outputs: 84, using: &random)
    fc3 = Linear(inputs: 84, outputs: classes, using: &random)
    // With PyTorch's own, smaller weights the sigmoids let so little through that training stalls.
    let xavier = Initializer.xavierUniform()
    for layer in [conv1, conv2] { layer.weight = xavier(layer.weight.shape, using: &random) }
    for layer in [fc1, fc2, fc3] { layer.weight = xavier(layer.weight.shape, using: &random) }
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, 1, 28, 28]
    let s2 = pool(sigmoid(conv1(images)))  // [batch, 6, 14, 14]
    let s4 = pool(sigmoid(conv2(s2)))  // [batch, 16, 5, 5]
    let c5 = sigmoid(fc1(s4.flattened(from: 1)))  // [batch, 120]
    let f6 = sigmoid(fc2(c5))  // [batch, 84]
    return fc3(f6)  // [batch, classes]
  }
}
