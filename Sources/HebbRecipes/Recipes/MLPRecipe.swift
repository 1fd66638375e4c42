import HebbVision

extension Recipe {
  /// A multilayer perceptron with one hidden layer on Fashion-MNIST.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §5.2.
  public static var mlp: Recipe {
    let book = "d2l §5.2: 784-256-10, batch 256, rate .1, 10 epochs"
    return Recipe(
      name: "mlp", title: "Multilayer perceptron on Fashion-MNIST",
      // The book's library version draws the weights from N(0, .01²).
      model: {
        MLP(sizes: [784, 256, 10], start: .normal(standardDeviation: 0.01), seed: $0)
      },
      data: FashionMNISTData(),
      training: Hyperparameters(optimizer: .sgd, rate: 0.1, batchSize: 256, epochs: 10),
      quick: QuickForm(epochs: 2),
      expected: [
        .within(0.372...0.392, "train_loss", source: book + ", .3845 and .3820"),
        .within(0.858...0.870, "train_accuracy", source: book + ", .863 and .865"),
        .within(0.81...0.87, "test_accuracy", source: book + ", .823 and .838"),
      ])
  }
}
