import HebbVision

extension Recipe {
  /// LeNet-5 on Fashion-MNIST.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §7.6.
  public static var leNet: Recipe {
    let book = "d2l §7.6: 5 to 95 % of 54 published runs, batch 256, rate .9, 10 epochs"
    return Recipe(
      name: "lenet", title: "LeNet-5 on Fashion-MNIST",
      model: { LeNet5(seed: $0) }, data: FashionMNISTData(),
      training: Hyperparameters(
        optimizer: .sgd,
        rate: 0.9,  // sigmoids pass on little of the gradient
        batchSize: 256, epochs: 10),
      // The loss stays near ln 10 for most of the first pass; after three the model sees something.
      quick: QuickForm(epochs: 3),
      expected: [
        .within(0.456...0.486, "train_loss", source: book),
        .within(0.815...0.830, "train_accuracy", source: book),
        .atLeast(0.778, "test_accuracy", source: book),
      ])
  }
}
