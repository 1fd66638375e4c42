import HebbVision

extension Recipe {
  /// LeNet with ReLU and max pooling on Fashion-MNIST, 30 passes, with a schedule of the rate.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §12.11.
  public static func rateSchedule(_ schedule: RateSchedule) -> Recipe {
    let book = "d2l §12.11: 5 to 95 % of the published runs, batch 256, 30 epochs"
    // The book plots its multi-factor schedule by stepping it 30 times, and then trains with the
    // schedule so used up: its published runs, .180 to .206, had a constant rate of .125. The whole
    // schedule does better, so only the upper end binds.
    let (rate, loss, accuracy): (Double, ClosedRange<Double>, Double) =
      switch schedule {
      case .constant, .tenths, .cosineToTenth: (0.3, 0.134...0.215, 0.861)
      case .squareRoot: (0.3, 0.266...0.286, 0.865)
      case .multiFactor: (0.5, 0...0.206, 0.865)
      case .cosine: (0.3, 0.160...0.220, 0.889)
      case .cosineWithWarmUp: (0.3, 0.176...0.251, 0.881)
      }
    var training = Hyperparameters(optimizer: .sgd, rate: rate, batchSize: 256, epochs: 30)
    training.schedule = schedule
    return Recipe(
      name: "lenet-\(schedule.rawValue)-rate",
      title: "LeNet with ReLU on Fashion-MNIST, rate schedule \(schedule.rawValue)",
      model: { LeNetReLU(seed: $0) }, data: FashionMNISTData(), training: training,
      quick: QuickForm(epochs: 3),
      expected: [
        .within(loss, "train_loss", source: book),
        .atLeast(accuracy, "test_accuracy", source: book),
      ])
  }
}
