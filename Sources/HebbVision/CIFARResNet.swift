import HebbCore
import HebbNN

/// The residual networks of He et al. 2016, §4.2, for pictures of 32 times 32 pixels: 6n + 2 layers with
/// weights, three stages of n blocks with 16, 32 and 64 channels, shortcuts without parameters.
///
/// Names of the weights are those of akamaster's `pytorch_resnet_cifar10`, so its checkpoints load.
/// Parameters of 20, 32, 44, 56 and 110 layers for ten classes: 269,722, 464,154, 658,586, 853,018 and
/// 1,727,962.
///
/// Shapes: `[batch, 3, height, width]` → logits `[batch, classes]`.
public final class CIFARResNet: Layer {
  /// The depths of the paper's table 6; every other 6n + 2 can be made as well.
  public static let depths = [20, 32, 44, 56, 110]

  /// 16 maps.
  public let conv1: Conv2d
  /// Their norm.
  public let bn1: BatchNorm
  /// 16 channels.
  public let layer1: Sequential
  /// 32 channels, half the resolution.
  public let layer2: Sequential
  /// 64 channels, a quarter of the resolution.
  public let layer3: Sequential
  /// The logits.
  public let linear: Linear

  /// Whether a network of so many layers exists: 6n + 2 with n from 1.
  public static func isDepth(_ depth: Int) -> Bool { depth >= 8 && depth % 6 == 2 }

  /// A network with random weights, Kaiming-normal by the inputs (He et al. 2015).
  ///
  /// - Parameters:
  ///   - depth: The number of layers, 6n + 2.
  ///   - classes: The number of classes.
  ///   - seed: What the weights are made from.
  public init(depth: Int = 20, classes: Int = 10, seed: UInt64) {
    guard Self.isDepth(depth) else {
      stop("CIFARResNet: a depth is 6n + 2, as 20 or 110; \(depth) is not")
    }
    var random = PhiloxGenerator(seed: seed)
    conv1 = Self.convolution(3, 16, using: &random)
    bn1 = BatchNorm(channels: 16)
    func stage(_ inputs: Int, _ outputs: Int) -> Sequential {
      Sequential(
        (0..<(depth - 2) / 6).map { number in
          CIFARBlock(inputs: number == 0 ? inputs : outputs, outputs: outputs, using: &random)
        })
    }
    layer1 = stage(16, 16)
    layer2 = stage(16, 32)
    layer3 = stage(32, 64)
    linear = Linear(inputs: 64, outputs: classes, using: &random)
    linear.weight = Initializer.kaimingNormal()(linear.weight.shape, using: &random)
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, 3, 32, 32]
    let x1 = layer1(relu(bn1(conv1(images))))  // [batch, 16, 32, 32]
    let x2 = layer2(x1)  // [batch, 32, 16, 16]
    let x3 = layer3(x2)  // [batch, 64, 8, 8]
    return linear(x3.mean(axes: [2, 3]))  // [batch, classes]
  }

  /// 3x3 without bias.
  fileprivate static func convolution(
    _ inputs: Int, _ outputs: Int, stride: Int = 1, using random: inout PhiloxGenerator
  ) -> Conv2d {
    let layer = Conv2d(
      inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, bias: false,
      using: &random)
    layer.weight = Initializer.kaimingNormal()(layer.weight.shape, using: &random)
    return layer
  }
}

/// y = relu(s(x) + F(x)), where F is conv-norm-relu-conv-norm, and s takes every second pixel and adds
/// channels of zeros where the block has more channels than its input (option A of the paper).
///
/// Shapes: `[batch, inputs, height, width]` → the same, or `[batch, outputs, height / 2, width / 2]`.
public final class CIFARBlock: Layer {
  /// 3x3, with stride 2 where the channels grow.
  public let conv1: Conv2d
  /// Its norm.
  public let bn1: BatchNorm
  /// 3x3.
  public let conv2: Conv2d
  /// Its norm.
  public let bn2: BatchNorm

  private let newChannels: Int

  /// A block with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - random: Where the weights come from; advanced.
  public init(inputs: Int, outputs: Int, using random: inout PhiloxGenerator) {
    newChannels = outputs - inputs
    conv1 = CIFARResNet.convolution(
      inputs, outputs, stride: newChannels > 0 ? 2 : 1, using: &random)
    bn1 = BatchNorm(channels: outputs)
    conv2 = CIFARResNet.convolution(outputs, outputs, using: &random)
    bn2 = BatchNorm(channels: outputs)
  }

  /// relu(s(x) + F(x)).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)) }
  }

  /// s(x): as many channels of zeros before as behind.
  private func shortcut(_ x: Tensor) -> Tensor {
    guard newChannels > 0 else { return x }
    let half = newChannels / 2
    return x[.all, .all, .every(2), .every(2)]
      .padded(before: [0, half, 0, 0], after: [0, newChannels - half, 0, 0])
  }
}
