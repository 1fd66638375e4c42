import HebbCore
import HebbNN

/// LeNet-5 as in "Dive into Deep Learning" §7.6, the network of the golden `lenet`.
final class LeNet: Layer {
  let conv1, conv2: Conv2d
  let fc1, fc2, fc3: Linear

  init(seed: UInt64 = 1) {
    var random = PhiloxGenerator(seed: seed)
    conv1 = Conv2d(inputs: 1, outputs: 6, kernel: 5, padding: 2, using: &random)
    conv2 = Conv2d(inputs: 6, outputs: 16, kernel: 5, using: &random)
    fc1 = Linear(inputs: 400, outputs: 120, using: &random)
    fc2 = Linear(inputs: 120, outputs: 84, using: &random)
    fc3 = Linear(inputs: 84, outputs: 10, using: &random)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    let pool = AvgPool2d(kernel: 2)
    let first = pool(sigmoid(conv1(images)))
    let second = pool(sigmoid(conv2(first))).flattened(from: 1)
    return fc3(sigmoid(fc2(sigmoid(fc1(second)))))
  }
}

/// torchvision's BasicBlock, with optional projection on the shortcut.
final class BasicBlock: Layer {
  let conv1, conv2: Conv2d
  let bn1, bn2: BatchNorm2d
  let downsample: Sequential?

  init(inputs: Int, outputs: Int, stride: Int) {
    var random = PhiloxGenerator(seed: 1)
    conv1 = Conv2d(
      inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, bias: false,
      using: &random)
    bn1 = BatchNorm2d(channels: outputs)
    conv2 = Conv2d(
      inputs: outputs, outputs: outputs, kernel: 3, padding: 1, bias: false, using: &random)
    bn2 = BatchNorm2d(channels: outputs)
    downsample =
      stride == 1
      ? nil
      : Sequential {
        Conv2d(
          inputs: inputs, outputs: outputs, kernel: 1, stride: stride, bias: false, using: &random)
        BatchNorm2d(channels: outputs)
      }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let residual = bn2(conv2(relu(bn1(conv1(x)))))
    return relu(residual + (downsample?(x) ?? x))
  }
}
