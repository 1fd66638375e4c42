import HebbVision

extension Recipe {
  /// ResNet-20 on the subset of CIFAR-10: 8,000 pictures for training, 2,000 for the test.
  ///
  /// - SeeAlso: He et al. 2016, §4.2: 91.25 % with all 50,000 pictures and 64,000 steps. The subset has
  ///   a sixth of the pictures, and the recipe 1,890 steps.
  public static var resNet20: Recipe {
    let source =
      "one run of Hebb: .533, .754; PyTorch with the same network, subset and numbers, one run cut short after 22 "
      + "of 30 epochs: .638, .718; He et al. 2016 have .9125 with all pictures and 64,000 steps"
    var training = Hyperparameters(
      optimizer: .sgd, rate: 0.1, batchSize: 128,
      epochs: 30)  // of 64,000 / 63 = 1,016 in the paper: five minutes instead of three hours
    training.momentum = 0.9
    training.weightDecay = 1e-4
    training.schedule = .tenths
    var recipe = Recipe(
      name: "resnet20-cifar10", title: "ResNet-20 on the CIFAR-10 subset",
      model: { CIFARResNet(depth: 20, seed: $0) }, data: CIFAR10Data(), training: training,
      quick: QuickForm(epochs: 4),
      expected: [
        .within(0.45...0.65, "train_loss", source: source),
        .atLeast(0.70, "test_accuracy", source: source),
      ])
    recipe.depths = DepthChoice(
      "6n + 2, as \(CIFARResNet.depths.map(String.init).joined(separator: ", "))",
      // A hundred times deeper than the paper's deepest: a slip, not a wish.
      contains: { CIFARResNet.isDepth($0) && $0 <= 12_002 },
      model: { CIFARResNet(depth: $0, seed: $1) })
    return recipe
  }
}
