import HebbCore
import HebbNN

/// A residual network (He, Zhang, Ren, Sun 2016, "Deep Residual Learning for Image Recognition", table 1).
///
/// Names and layouts of the weights are torchvision's, so its checkpoints load. As there, the stride of a
/// bottleneck stands in its 3x3 convolution and not in its first 1x1 convolution ("version 1.5").
///
/// Parameters for 1,000 classes: 11,689,512, 21,797,672, 25,557,032, 44,549,160 and 60,192,808.
///
/// Shapes: `[batch, channels, height, width]` → logits `[batch, classes]`.
public final class ResNet: Layer {
  /// The number of layers with weights.
  public enum Depth: Int, Sendable, Hashable, CaseIterable {
    /// 2, 2, 2, 2 basic blocks.
    case resNet18 = 18
    /// 3, 4, 6, 3 basic blocks.
    case resNet34 = 34
    /// 3, 4, 6, 3 bottlenecks.
    case resNet50 = 50
    /// 3, 4, 23, 3 bottlenecks.
    case resNet101 = 101
    /// 3, 8, 36, 3 bottlenecks.
    case resNet152 = 152

    /// The blocks of each stage.
    public var blocks: [Int] {
      switch self {
      case .resNet18: [2, 2, 2, 2]
      case .resNet34, .resNet50: [3, 4, 6, 3]
      case .resNet101: [3, 4, 23, 3]
      case .resNet152: [3, 8, 36, 3]
      }
    }

    /// Whether a block narrows the channels before its 3x3 convolution.
    public var hasBottlenecks: Bool { rawValue >= 50 }
  }

  /// How the paper is read.
  public enum Form: Sendable, Hashable {
    /// No biases, a norm after every convolution, Kaiming-normal weights by the outputs.
    case torchvision
    /// "Dive into Deep Learning" §8.6: convolutions with bias, shortcuts without norm, Xavier-uniform
    /// weights.
    case diveIntoDeepLearning
  }

  /// What stands before the stages.
  public enum Stem: Sendable, Hashable {
    /// A 7x7 convolution of stride 2, and 3x3 maximum pooling of stride 2.
    case photographs
    /// A 3x3 convolution, for pictures of some 32 pixels.
    case smallPictures
  }

  /// The stem's convolution.
  public let conv1: Conv2d
  /// Its norm.
  public let bn1: BatchNorm
  /// The first stage, at the resolution of the stem.
  public let layer1: Sequential
  /// Twice the channels, half the resolution.
  public let layer2: Sequential
  /// Four times the channels, a quarter of the resolution.
  public let layer3: Sequential
  /// Eight times the channels, an eighth of the resolution.
  public let layer4: Sequential
  /// The logits.
  public let fc: Linear

  private let pool: MaxPool2d?

  /// A network with random weights.
  ///
  /// - Parameters:
  ///   - depth: The number of layers.
  ///   - channels: The number of channels of an image.
  ///   - classes: The number of classes.
  ///   - form: How the paper is read.
  ///   - stem: What stands before the stages.
  ///   - width: The channels of the first stage, 64 in the paper.
  ///   - seed: What the weights are made from.
  public init(
    _ depth: Depth, channels: Int = 3, classes: Int = 1000, form: Form = .torchvision,
    stem: Stem = .photographs, width: Int = 64, seed: UInt64
  ) {
    var random = PhiloxGenerator(seed: seed)
    let isSmall = stem == .smallPictures
    conv1 = ResNet.convolution(
      channels, width, kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2, form, using: &random)
    bn1 = BatchNorm(channels: width)
    pool = isSmall ? nil : MaxPool2d(kernel: 3, stride: 2, padding: 1)
    var inputs = width
    var stages: [Sequential] = []
    for (stage, count) in depth.blocks.enumerated() {
      let inner = width << stage
      var blocks: [any Layer] = []
      for number in 0..<count {
        let stride = number == 0 && stage > 0 ? 2 : 1
        if depth.hasBottlenecks {
          blocks.append(
            Bottleneck(inputs: inputs, width: inner, stride: stride, form, using: &random))
          inputs = Bottleneck.expansion * inner
        } else {
          blocks.append(
            BasicBlock(inputs: inputs, outputs: inner, stride: stride, form, using: &random))
          inputs = inner
        }
      }
      stages.append(Sequential(blocks))
    }
    (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
    fc = Linear(inputs: inputs, outputs: classes, using: &random)
    if form == .diveIntoDeepLearning {
      fc.weight = Initializer.xavierUniform()(fc.weight.shape, using: &random)
    }
  }

  /// The logits of images.
  public func callAsFunction(_ images: Tensor) -> Tensor {  // [batch, channels, height, width]
    let stem = relu(bn1(conv1(images)))  // [batch, 64, height / 2, width / 2]
    let x1 = layer1(pool.map { $0(stem) } ?? stem)  // [batch, 64, height / 4, width / 4]
    let x2 = layer2(x1)  // [batch, 128, height / 8, width / 8]
    let x3 = layer3(x2)  // [batch, 256, height / 16, width / 16]
    let x4 = layer4(x3)  // [batch, 512, height / 32, width / 32]; 2048 channels with bottlenecks
    return fc(x4.mean(axes: [2, 3]))  // [batch, classes]
  }

  /// A convolution that keeps the size but for its stride, with the weights of the form.
  static func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, _ form: Form,
    using random: inout PhiloxGenerator
  ) -> Conv2d {
    let layer = Conv2d(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2,
      bias: form == .diveIntoDeepLearning, using: &random)
    let start: Initializer =
      form == .torchvision ? .kaimingNormal(fan: .output) : .xavierUniform()
    layer.weight = start(layer.weight.shape, using: &random)
    return layer
  }

  /// What fits the input of a block to its output: nil where they have the same shape.
  static func downsampling(
    _ inputs: Int, _ outputs: Int, stride: Int, _ form: Form, using random: inout PhiloxGenerator
  ) -> Sequential? {
    guard stride != 1 || inputs != outputs else { return nil }
    let convolution = convolution(
      inputs, outputs, kernel: 1, stride: stride, form, using: &random)
    return form == .torchvision
      ? Sequential([convolution, BatchNorm(channels: outputs)]) : Sequential([convolution])
  }
}

/// y = relu(x + F(x)), where F is conv-norm-relu-conv-norm with 3x3 windows (figure 5, left).
///
/// Shapes: `[batch, inputs, height, width]` → `[batch, outputs, height / stride, width / stride]`.
public final class BasicBlock: Layer {
  /// 3x3 with the stride.
  public let conv1: Conv2d
  /// Its norm.
  public let bn1: BatchNorm
  /// 3x3.
  public let conv2: Conv2d
  /// Its norm.
  public let bn2: BatchNorm
  /// What fits x to F(x); nil where shapes agree.
  public let downsample: Sequential?

  /// A block with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - stride: The steps of the first convolution.
  ///   - form: How the paper is read.
  ///   - random: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, stride: Int = 1, _ form: ResNet.Form = .torchvision,
    using random: inout PhiloxGenerator
  ) {
    conv1 = ResNet.convolution(inputs, outputs, kernel: 3, stride: stride, form, using: &random)
    bn1 = BatchNorm(channels: outputs)
    conv2 = ResNet.convolution(outputs, outputs, kernel: 3, form, using: &random)
    bn2 = BatchNorm(channels: outputs)
    downsample = ResNet.downsampling(inputs, outputs, stride: stride, form, using: &random)
  }

  /// relu(x + F(x)).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let y = bn2(conv2(relu(bn1(conv1(x)))))
      return relu(y + (downsample.map { $0(x) } ?? x))
    }
  }
}

/// y = relu(x + F(x)), where F narrows the channels, looks at 3x3 windows, and widens them four times
/// (figure 5, right).
///
/// Shapes: `[batch, inputs, height, width]` → `[batch, 4 width, height / stride, width / stride]`.
public final class Bottleneck: Layer {
  /// How many times the inner channels a block gives.
  public static let expansion = 4

  /// 1x1.
  public let conv1: Conv2d
  /// Its norm.
  public let bn1: BatchNorm
  /// 3x3 with the stride.
  public let conv2: Conv2d
  /// Its norm.
  public let bn2: BatchNorm
  /// 1x1 to four times the channels.
  public let conv3: Conv2d
  /// Its norm.
  public let bn3: BatchNorm
  /// What fits x to F(x); nil where shapes agree.
  public let downsample: Sequential?

  /// A block with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - width: The channels inside.
  ///   - stride: The steps of the 3x3 convolution.
  ///   - form: How the paper is read.
  ///   - random: Where the weights come from; advanced.
  public init(
    inputs: Int, width: Int, stride: Int = 1, _ form: ResNet.Form = .torchvision,
    using random: inout PhiloxGenerator
  ) {
    let outputs = Self.expansion * width
    conv1 = ResNet.convolution(inputs, width, kernel: 1, form, using: &random)
    bn1 = BatchNorm(channels: width)
    conv2 = ResNet.convolution(width, width, kernel: 3, stride: stride, form, using: &random)
    bn2 = BatchNorm(channels: width)
    conv3 = ResNet.convolution(width, outputs, kernel: 1, form, using: &random)
    bn3 = BatchNorm(channels: outputs)
    downsample = ResNet.downsampling(inputs, outputs, stride: stride, form, using: &random)
  }

  /// relu(x + F(x)).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let narrow = relu(bn1(conv1(x)))
      let y = bn3(conv3(relu(bn2(conv2(narrow)))))
      return relu(y + (downsample.map { $0(x) } ?? x))
    }
  }
}
