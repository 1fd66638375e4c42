import HebbCore
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// The first network that the book trains.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §5.7.4 (`train_neuralnet.py`).
  static var saitoTwoLayerNet: Study {
    let book = "Saito §5.7: 784-50-10, SGD .1, batch 100 with replacement, 10,000 steps, 5 seeds"
    return Study(
      name: "saito-two-layer-net", title: "A network of two layers on MNIST",
      question: "Does back-propagation train a network of 50 hidden units to 97 %?",
      data: MNISTData(),
      expected: [
        .within(0.9765...0.9815, "train_accuracy", source: book + ", .9776 to .9800"),
        .within(0.9670...0.9735, "test_accuracy", source: book + ", .9685 to .9721"),
      ]
    ) { notebook in
      let training = try notebook.training()
      let (all, test) = (try ClassifiedExamples(training), try ClassifiedExamples(notebook.test()))
      let model = MultiLayerNet(sizes: [784, 50, 10], start: .normal(0.01), seed: notebook.seed)
      var random = PhiloxGenerator(seed: notebook.seed, stream: 1)
      var (x, trainCurve, testCurve): ([Double], [Double], [Double]) = ([], [], [])
      try notebook.train(
        model, SGD(model, rate: 0.1), on: training, steps: notebook.isQuick ? 1800 : 10_000,
        using: &random,
        follow: { step in
          guard step % 600 == 0 else { return }
          x.append(Double(step / 600))
          trainCurve.append(all.accuracy(of: model))
          testCurve.append(test.accuracy(of: model))
          notebook.say(
            "epoch \(step / 600): train accuracy "
              + "\(NumberFormat.percent(trainCurve[trainCurve.count - 1])), test accuracy "
              + NumberFormat.percent(testCurve[testCurve.count - 1]))
        })
      notebook.record("train_accuracy", all.accuracy(of: model))
      notebook.record("test_accuracy", test.accuracy(of: model))
      notebook.add(
        LineChart(
          title: "Accuracy", xLabel: "epoch", yLabel: "accuracy",
          series: [Series("train", x: x, y: trainCurve), Series("test", x: x, y: testCurve)]))
    }
  }
}
