import Glibc
import HebbCore
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Random search for the rate and the weight decay.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §6.5.3 (`hyperparameter_optimization.py`).
  static var saitoRandomSearch: Study {
    let book = "Saito §6.5: 500 images, 100 of them for validation, 100 trials of 50 epochs"
    return Study(
      name: "saito-random-search", title: "Random search for rate and weight decay",
      question: "Which rates in 10^-6 to 10^-2 and decays in 10^-8 to 10^-4 are good? Good rates "
        + "lie near 10^-2, the decay hardly matters.",
      data: MNISTData(),
      expected: [
        .atLeast(0.8, "best_validation_accuracy", source: book + ", .85"),
        .atLeast(4e-3, "smallest_rate_of_the_best_five", source: book + ", 7.8e-3"),
      ]
    ) { notebook in
      let images = try notebook.training()
      let learned = AnyDataset(images, first: 400)
      let validation = try ClassifiedExamples(images, 400..<500)
      var random = PhiloxGenerator(seed: notebook.seed, stream: 2)
      var trials: [(rate: Double, decay: Double, accuracy: Double)] = []
      for trial in 1...(notebook.isQuick ? 10 : 100) {
        let rate = pow(10, -6 + 4 * random.nextUniform())
        let decay = pow(10, -8 + 4 * random.nextUniform())
        let model = MultiLayerNet(
          sizes: [784, 100, 100, 100, 100, 100, 100, 10], start: .he,
          seed: notebook.seed &+ UInt64(trial))
        var batches = PhiloxGenerator(seed: notebook.seed &+ UInt64(trial), stream: 1)
        try notebook.train(
          model, SGD(model, rate: rate), on: learned, steps: 200, using: &batches,
          penalty: { $0.penalty(decay) })
        trials.append((rate, decay, validation.accuracy(of: model)))
        if trial % 10 == 0 { notebook.say("\(trial) trials") }
      }
      let best = trials.sorted { $0.accuracy > $1.accuracy }.prefix(5)
      notebook.record("best_validation_accuracy", best.first?.accuracy ?? 0)
      notebook.record("smallest_rate_of_the_best_five", best.map(\.rate).min() ?? 0)
      for trial in best {
        notebook.say(
          "validation accuracy \(NumberFormat.percent(trial.accuracy)) with rate "
            + "\(NumberFormat.significant(trial.rate)), decay "
            + NumberFormat.significant(trial.decay))
      }
      var chart = ScatterPlot(
        title: "Trials", xLabel: "rate", yLabel: "validation accuracy",
        series: [Series("trial", x: trials.map(\.rate), y: trials.map(\.accuracy))])
      chart.xScale = .logarithmic
      notebook.add(chart)
    }
  }
}
