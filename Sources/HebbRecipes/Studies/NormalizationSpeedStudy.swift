import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// How much sooner LeNet learns with batch normalization.
  ///
  /// - SeeAlso: Ioffe & Szegedy 2015; Santurkar et al. 2018, who find a smoother loss behind it rather
  ///   than less "internal covariate shift".
  static var normalizationSpeed: Study {
    let source =
      "d2l: LeNet reaches .80 after 9 epochs, with batch normalization after 3 (§7.6, §8.5)"
    return Study(
      name: "normalization-speed", title: "Epochs to .80 with and without batch normalization",
      question: "How many passes over Fashion-MNIST does LeNet need to a test accuracy of .80? "
        + "Batch normalization speeds it up; the accuracy at the end hardly changes.",
      data: FashionMNISTData(),
      expected: [
        .within(1...5, "epochs_with_norm", source: source),
        .within(6...16, "epochs_without_norm", source: source),
      ]
    ) { notebook in
      let training = try notebook.training()
      let test = try ClassifiedExamples(notebook.test())
      let limit = notebook.isQuick ? 1 : 16
      var curves: [Series] = []
      for (name, rate) in [("with", 1.0), ("without", 0.9)] {
        let model: any Layer =
          name == "with" ? LeNetBatchNorm(seed: notebook.seed) : LeNet5(seed: notebook.seed)
        let curve = try learn(model, rate, training, test, limit, notebook)
        notebook.record(
          "epochs_\(name)_norm", Double((curve.firstIndex { $0 >= 0.8 } ?? curve.count) + 1))
        notebook.say(
          "\(name) batch normalization: test accuracy by epoch "
            + curve.map { NumberFormat.percent($0) }.joined(separator: " "))
        curves.append(
          Series("\(name) normalization", x: curve.indices.map { Double($0 + 1) }, y: curve))
      }
      var chart = LineChart(
        title: "Test accuracy", xLabel: "epoch", yLabel: "accuracy", series: curves)
      chart.guides = [.init(y: 0.8, label: "0.80")]
      notebook.add(chart)
    }
  }

  /// The test accuracy after each pass, until it is .80.
  private static func learn(
    _ model: some Layer, _ rate: Double, _ training: AnyDataset, _ test: ClassifiedExamples,
    _ limit: Int, _ notebook: StudyNotebook
  ) throws -> [Double] {
    let optimizer = SGD(model, rate: rate)
    let loader = try DataLoader(
      training, batchSize: min(256, training.count), isShuffled: true, seed: notebook.seed)
    var curve: [Double] = []
    while curve.count < limit, curve.last ?? 0 < 0.8 {
      var batches = try loader.batches(from: DataPosition(epoch: curve.count)).makeIterator()
      while let batch = try batches.nextBatch() {
        let loss = softmaxCrossEntropy(logits: model(batch.inputs), labels: batch.targets)
        optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      }
      try notebook.checkStop()
      curve.append(test.accuracy(of: model))
    }
    return curve
  }
}
