import HebbTraining
import HebbVision

extension Recipe {
  /// Linear regression on synthetic data.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §3.4 and §3.5.
  public static var linearRegression: Recipe {
    let book = "d2l §3.4: 1,000 examples, batch 10, rate .03, 3 epochs"
    let data = SyntheticLinearData()
    var training = Hyperparameters(optimizer: .sgd, rate: 0.03, batchSize: 10, epochs: 3)
    training.logSteps = 10  // there are only 300 steps
    var recipe = Recipe(
      name: "linear-regression", title: "Linear regression on synthetic data",
      model: { LinearRegression(inputs: data.weights.count, seed: $0) }, data: data,
      training: training,
      quick: QuickForm(epochs: 3),  // the whole run takes a second
      expected: [
        // Half the variance of the noise, 5e-5, is the least that can be reached; the book's runs
        // end between .51e-4 and 1.03e-4.
        .atMost(1.5e-4, "test_loss", source: book + ", loss .000051"),
        .atMost(2e-3, "weight_error", source: book + ", error of w 1.4e-4 to 1e-3"),
        .atMost(2e-3, "bias_error", source: book + ", error of b 3e-4 to 6e-4"),
      ])
    recipe.measures = { model in
      guard let linear = (model as? LinearRegression)?.linear else { return [] }
      let errors = zip(linear.weight.doubles(), data.weights).map { abs($0 - $1) }
      let bias = linear.bias?.doubles().first ?? 0
      return [
        ProgressState.Metric("weight_error", errors.max() ?? 0),
        ProgressState.Metric("bias_error", abs(bias - data.bias)),
      ]
    }
    return recipe
  }
}
