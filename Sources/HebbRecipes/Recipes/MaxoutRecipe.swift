import HebbVision

extension Recipe {
  /// A perceptron of maxout units on MNIST.
  ///
  /// - SeeAlso: Goodfellow et al. 2013, "Maxout Networks", §5.1.
  public static var maxout: Recipe {
    let source = "systems list: 1.6 % errors in 20 epochs; the paper has .94 % after long training"
    let training = Hyperparameters(optimizer: .adam, rate: 0.001, batchSize: 128, epochs: 20)
    return Recipe(
      name: "maxout", title: "Perceptron of maxout units on MNIST",
      model: { MaxoutMLP(seed: $0) }, data: MNISTData(), training: training,
      quick: QuickForm(epochs: 2), expected: [.atLeast(0.984, "test_accuracy", source: source)])
  }
}
