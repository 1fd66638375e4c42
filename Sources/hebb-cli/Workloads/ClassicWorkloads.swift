import Hebb

/// The first networks of the textbooks.
extension Workload {
  static let classic: [Workload] = [
    Workload(name: "lenet_train", batch: 256, gflop: 0.58, make: leNetTraining),
    Workload(name: "mlp_train", batch: 256, gflop: 0.31, make: mlpTraining),
  ]

  /// LeNet, SGD with rate .1, 256 images in a batch.
  private static func leNetTraining(_ sizes: Sizes) -> Steps {
    let model = LeNet5(seed: 0)
    return classification(model, SGD(model, rate: 0.1), input: [sizes.batch, 1, 28, 28])
  }

  /// 784-256-256-10 with ReLU, Adam with rate .001, 256 vectors in a batch.
  private static func mlpTraining(_ sizes: Sizes) -> Steps {
    let model = MLP(sizes: [784, 256, 256, 10], seed: 0)
    return classification(model, Adam(model, rate: 0.001), input: [sizes.batch, 784])
  }

  /// Whole training steps on a batch of noise that is made once.
  static func classification(
    _ model: any Layer, _ optimizer: any Optimizer, input: Shape
  ) -> Steps {
    let generator = PhiloxGenerator(seed: 0)
    let inputs = Tensor.normal(input, using: generator).evaluated()
    var random = generator.mixing("labels")
    let labels = Tensor((0..<input[0]).map { _ in random.nextInteger(below: 10) })
    model.train()
    return Steps(step: {
      let loss = softmaxCrossEntropy(logits: model(inputs), labels: labels)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    })
  }
}
