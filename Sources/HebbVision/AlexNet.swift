import HebbCore
import HebbNN

/// AlexNet in the form of "Dive into Deep Learning" §8.1: five convolutions and three linear layers with
/// ReLU, for one channel of 224 times 224 pixels.
///
/// Against Krizhevsky, Sutskever, Hinton 2012 (figure 2): one tower instead of two on two GPUs, no
/// local response normalization, and ten classes; 46,764,746 parameters.
///
/// Shapes: `[batch, channels, 224, 224]` → logits `[batch, classes]`.
public final class AlexNet: Layer {
  /// The convolutional stages with their pools, in order.
  public let features: Sequential
  /// The fully connected stages.
  public let classifier: Sequential

  /// A network with random weights, PyTorch's default.
  ///
  /// - Parameters:
  ///   - channels: The number of channels of an image.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(channels: Int = 1, classes: Int = 10, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    features = Sequential {
      Conv2d(inputs: channels, outputs: 96, kernel: 11, stride: 4, padding: 1, using: &random)
      ReLU()
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(inputs: 96, outputs: 256, kernel: 5, padding: 2, using: &random)
      ReLU()
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(inputs: 256, outputs: 384, kernel: 3, padding: 1, using: &random)
      ReLU()
      Conv2d(inputs: 384, outputs: 384, kernel: 3, padding: 1, using: &random)
      ReLU()
      Conv2d(inputs: 384, outputs: 256, kernel: 3, padding: 1, using: &random)
      ReLU()
      MaxPool2d(kernel: 3, stride: 2)
    }
    classifier = Sequential {
      Linear(inputs: 256 * 5 * 5, outputs: 4096, using: &random)
      ReLU()
      Dropout(0.5, using: &random)
      Linear(inputs: 4096, outputs: 4096, using: &random)
      ReLU()
      Dropout(0.5, using: &random)
      Linear(inputs: 4096, outputs: classes, using: &random)
    }
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, channels, 224, 224]
    classifier(features(images).flattened(from: 1))  // [batch, 256, 5, 5] → [batch, classes]
  }
}
