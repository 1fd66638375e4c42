import HebbCore
import HebbNN
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Five optimizers on one network.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §6.1.6 (`optimizer_compare_mnist.py`).
  static var saitoOptimizers: Study {
    let book = "Saito §6.1: 784-100x4-10, batch 128, 2,000 steps, 3 seeds"
    let kinds: [(name: String, loss: ClosedRange<Double>, accuracy: Double)] = [
      ("sgd", 0.190...0.222, 0.928), ("momentum", 0.058...0.075, 0.967),
      ("adagrad", 0.026...0.039, 0.968), ("adam", 0.033...0.046, 0.968),
      ("rmsprop", 0.063...0.104, 0.942),
    ]
    return Study(
      name: "saito-optimizers", title: "Five optimizers on MNIST",
      question:
        "Which optimizer lowers the loss of a deep network fastest? The book: AdaGrad, Adam "
        + "and momentum lie near together, far below plain SGD.",
      data: MNISTData(),
      // The measured ranges, widened by what a mean over other seeds moves.
      expected: kinds.flatMap { kind -> [Expectation] in
        [
          .within(kind.loss, "\(kind.name)_loss", source: book),
          .atLeast(kind.accuracy, "\(kind.name)_test_accuracy", source: book),
        ]
      }
    ) { notebook in
      let training = try notebook.training()
      let test = try ClassifiedExamples(notebook.test())
      let (steps, seeds) = notebook.isQuick ? (300, 1) : (2000, 3)
      var curves: [Series] = []
      for kind in kinds {
        var (curve, ends, accuracies): ([Double], [Double], [Double]) = ([], [], [])
        for run in 0..<seeds {
          let seed = notebook.seed &+ UInt64(run)
          let model = MultiLayerNet(sizes: [784, 100, 100, 100, 100, 10], start: .he, seed: seed)
          var random = PhiloxGenerator(seed: seed, stream: 1)
          let losses = try notebook.train(
            model, optimizer(kind.name, model), on: training, batchSize: 128, steps: steps,
            using: &random, measuresLoss: true)
          if run == 0 { curve = losses }
          ends.append(Array(losses.suffix(100)).mean)
          accuracies.append(test.accuracy(of: model))
        }
        let smoothed = curve.smoothed(25)
        let x = smoothed.indices.map { 25 * Double($0 + 1) }
        curves.append(Series(kind.name, x: x, y: smoothed))
        notebook.record("\(kind.name)_loss", ends.mean)
        notebook.record("\(kind.name)_test_accuracy", accuracies.mean)
        notebook.say(
          "\(kind.name): loss of the last 100 steps \(NumberFormat.significant(ends.mean)), "
            + "test accuracy \(NumberFormat.percent(accuracies.mean))")
      }
      notebook.add(
        LineChart(
          title: "Loss", xLabel: "step", yLabel: "cross-entropy, mean of 25 steps",
          yScale: .logarithmic, series: curves))
    }
  }

  /// The book's optimizer of a name, with its numbers.
  private static func optimizer(_ name: String, _ model: MultiLayerNet) -> any Optimizer {
    switch name {
    case "momentum": SGD(model, rate: 0.01, momentum: 0.9)
    case "adagrad": Adagrad(model, rate: 0.01, epsilon: 1e-7)
    case "adam": Adam(model, rate: 0.001)
    case "rmsprop": RMSProp(model, rate: 0.01, smoothing: 0.99, epsilon: 1e-7)
    default: SGD(model, rate: 0.01)
    }
  }
}
