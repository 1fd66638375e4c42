import Hebb

/// Convolutional networks for pictures.
extension Workload {
  static let vision: [Workload] = [
    Workload(name: "alexnet_train", batch: 32, gflop: 177.96) { sizes in
      let model = AlexNet(seed: 0)
      return classification(model, SGD(model, rate: 0.01), input: [sizes.batch, 1, 224, 224])
    },
    Workload(name: "resnet18_train", batch: 64, sizes: [.batch, .size], gflop: 121.44) { sizes in
      let model = ResNet(
        .resNet18, channels: 1, classes: 10, form: .diveIntoDeepLearning, seed: 0)
      let size = sizes.size ?? 96
      return classification(model, SGD(model, rate: 0.01), input: [sizes.batch, 1, size, size])
    },
    Workload(name: "resnet18_cifar", batch: 128, sizes: [.batch, .size], gflop: 426.11) { sizes in
      let model = ResNet(.resNet18, classes: 10, stem: .smallPictures, seed: 0)
      let optimizer = SGD(model, rate: 0.1, momentum: 0.9, weightDecay: 5e-4)
      let size = sizes.size ?? 32
      return classification(model, optimizer, input: [sizes.batch, 3, size, size])
    },
    Workload(
      name: "resnet20_train", batch: 128, sizes: [.batch, .depth], gflop: 31.03, make: cifarTraining
    ),
    Workload(
      name: "resnet50_infer_b1", batch: 1, sizes: [.batch, .size], gflop: 8.18,
      make: resNet50Inference),
    Workload(
      name: "resnet50_infer_b16", batch: 16, sizes: [.batch, .size], gflop: 130.85,
      make: resNet50Inference),
  ]

  /// ResNet-20, or of another depth, for pictures of 32 times 32 pixels.
  private static func cifarTraining(_ sizes: Sizes) throws -> Steps {
    let depth = sizes.depth ?? 20
    guard depth >= 8, depth % 6 == 2 else {
      throw DataError(
        "expected a --depth of 6n + 2 layers, such as 8, 20 or 110, found \(depth); choose one of these"
      )
    }
    let model = CIFARResNet(depth: depth, seed: 0)
    let optimizer = SGD(model, rate: 0.1, momentum: 0.9, weightDecay: 1e-4)
    return classification(model, optimizer, input: [sizes.batch, 3, 32, 32])
  }

  /// Logits of torchvision's ResNet-50 for pictures of 224 times 224 pixels.
  private static func resNet50Inference(_ sizes: Sizes) -> Steps {
    let model = ResNet(.resNet50, seed: 0)
    let size = sizes.size ?? 224
    return inference(model, input: [sizes.batch, 3, size, size])
  }

  /// Forward passes on a batch of noise that is made once.
  static func inference(_ model: any Layer, input: Shape) -> Steps {
    let inputs = Tensor.normal(input, using: PhiloxGenerator(seed: 0)).evaluated()
    model.eval()
    return Steps(step: { withoutGradients { _ = model(inputs).evaluated() } })
  }
}
