import HebbCore
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Weight decay against overfitting.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §6.4.2 (`overfit_weight_decay.py`).
  static var saitoWeightDecay: Study {
    let book = "Saito §6.4: 784-100x6-10, 300 images, SGD .01, 201 epochs, 3 seeds"
    return Study(
      name: "saito-weight-decay", title: "Weight decay on 300 images of MNIST",
      question: "A network with far more parameters than images learns them by heart. The penalty "
        + "λ/2 ‖W‖² with λ = .1 keeps the weights small: training and test accuracy come nearer.",
      data: MNISTData(),
      expected: [
        .atLeast(0.999, "plain_train_accuracy", source: book + ", 1.000"),
        .within(0.735...0.775, "plain_test_accuracy", source: book + ", .751 to .757"),
        .within(0.85...0.925, "decay_train_accuracy", source: book + ", .867 to .907"),
        .within(0.68...0.75, "decay_test_accuracy", source: book + ", .699 to .730"),
      ]
    ) { notebook in
      try compare(
        notebook, epochs: 201, [("plain", nil, 0), ("decay", nil, 0.1)])
    }
  }

  /// Dropout against overfitting.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §6.4.3 (`overfit_dropout.py`).
  static var saitoDropout: Study {
    let book = "Saito §6.4: 784-100x6-10, 300 images, SGD .01, 301 epochs, 3 seeds"
    return Study(
      name: "saito-dropout", title: "Dropout on 300 images of MNIST",
      question: "Leaving out a fifth of the hidden units in each step slows learning down and "
        + "narrows the gap between training and test accuracy.",
      data: MNISTData(),
      expected: [
        .atLeast(0.999, "plain_train_accuracy", source: book + ", 1.000"),
        .within(0.735...0.78, "plain_test_accuracy", source: book + ", .752 to .763"),
        .within(0.55...0.74, "dropout_train_accuracy", source: book + ", .597 to .693"),
        .within(0.43...0.61, "dropout_test_accuracy", source: book + ", .475 to .565"),
      ]
    ) { notebook in
      try compare(notebook, epochs: 301, [("plain", nil, 0), ("dropout", 0.2, 0)])
    }
  }

  /// Trains each variant on 300 images with three seeds and compares the accuracies.
  private static func compare(
    _ notebook: StudyNotebook, epochs: Int,
    _ variants: [(name: String, dropout: Double?, decay: Double)]
  ) throws {
    let training = AnyDataset(try notebook.training(), first: 300)
    let learned = try ClassifiedExamples(training)
    let test = try ClassifiedExamples(notebook.test())
    let (epochs, seeds) = notebook.isQuick ? (30, 1) : (epochs, 3)
    for variant in variants {
      var (x, trainCurve, testCurve): ([Double], [Double], [Double]) = ([], [], [])
      var (trainEnds, testEnds): ([Double], [Double]) = ([], [])
      for run in 0..<seeds {
        let seed = notebook.seed &+ UInt64(run)
        let model = MultiLayerNet(
          sizes: [784, 100, 100, 100, 100, 100, 100, 10], start: .he, dropout: variant.dropout,
          seed: seed)
        var random = PhiloxGenerator(seed: seed, stream: 1)
        // Three steps of 100 images are a pass.
        try notebook.train(
          model, SGD(model, rate: 0.01), on: training, steps: 3 * epochs, using: &random,
          penalty: { variant.decay == 0 ? nil : $0.penalty(variant.decay) },
          follow: { step in
            guard run == 0, step % 30 == 0 else { return }
            x.append(Double(step / 3))
            trainCurve.append(learned.accuracy(of: model))
            testCurve.append(test.accuracy(of: model))
          })
        trainEnds.append(learned.accuracy(of: model))
        testEnds.append(test.accuracy(of: model))
      }
      notebook.record("\(variant.name)_train_accuracy", trainEnds.mean)
      notebook.record("\(variant.name)_test_accuracy", testEnds.mean)
      notebook.say(
        "\(variant.name): train accuracy \(NumberFormat.percent(trainEnds.mean)), test accuracy "
          + NumberFormat.percent(testEnds.mean))
      var chart = LineChart(
        title: variant.name.prefix(1).uppercased() + variant.name.dropFirst(), xLabel: "epoch",
        yLabel: "accuracy",
        series: [Series("train", x: x, y: trainCurve), Series("test", x: x, y: testCurve)])
      chart.yRange = 0...1
      notebook.add(chart)
    }
  }
}
