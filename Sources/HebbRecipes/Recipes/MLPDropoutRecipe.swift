import HebbNN
import HebbVision

extension Recipe {
  /// A multilayer perceptron with two hidden layers and dropout on Fashion-MNIST.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §5.6.
  public static var mlpDropout: Recipe {
    let book = "d2l §5.6: 784-256-256-10, dropout .2 and .5, batch 256, rate .5, 10 epochs"
    return Recipe(
      name: "mlp-dropout", title: "Multilayer perceptron with dropout on Fashion-MNIST",
      // The book's library version draws the weights from N(0, .01²).
      model: {
        MLP(
          sizes: [784, 256, 256, 10], start: .normal(standardDeviation: 0.01), dropout: [0.2, 0.5],
          seed: $0)
      },
      data: FashionMNISTData(),
      training: Hyperparameters(optimizer: .sgd, rate: 0.5, batchSize: 256, epochs: 10),
      quick: QuickForm(epochs: 2),
      expected: [
        .within(0.318...0.356, "train_loss", source: book + ", .330 and .344"),
        .within(0.869...0.883, "train_accuracy", source: book + ", .877 and .875"),
        .atLeast(0.82, "test_accuracy", source: book + ", .857 and .844"),
      ])
  }
}
