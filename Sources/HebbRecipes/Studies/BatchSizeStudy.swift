import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Small against large batches, at equal passes over the data.
  ///
  /// - SeeAlso: Keskar et al. 2017, "On Large-Batch Training for Deep Learning".
  static var batchSize: Study {
    let source = "small batches make more updates in a pass and generalize better (notes 002)"
    return Study(
      name: "batch-size", title: "Batches of 32, 256 and 4,096 images of MNIST",
      question:
        "What do small batches cost, and what do they give? At equal passes they take longer "
        + "and end at a better test accuracy.",
      data: MNISTData(),
      expected: [
        .atLeast(0.97, "test_accuracy_32", source: source),
        .atLeast(0, "test_accuracy_32_minus_256", source: source),
        .atLeast(0.01, "test_accuracy_256_minus_4096", source: source),
        .atLeast(1, "seconds_32_over_4096", source: source),
      ]
    ) { notebook in
      let training = try notebook.training()
      let test = try ClassifiedExamples(notebook.test())
      var (rows, curves): ([[String]], [Series]) = ([], [])
      var (accuracies, times): ([Double], [Double]) = ([], [])
      for size in [32, 256, 4096] {
        let model = MultiLayerNet(sizes: [784, 100, 100, 10], start: .he, seed: notebook.seed)
        let optimizer = SGD(model, rate: 0.1)
        let learned = try ClassifiedExamples(training, 0..<min(training.count, 10_000))
        let loader = try DataLoader(
          training, batchSize: min(size, training.count), isShuffled: true, seed: notebook.seed)
        var (curve, seconds) = ([Double](), 0.0)
        for epoch in 0..<(notebook.isQuick ? 1 : 5) {
          let start = ContinuousClock.now
          var batches = try loader.batches(from: DataPosition(epoch: epoch)).makeIterator()
          while let batch = try batches.nextBatch() {
            let loss = softmaxCrossEntropy(logits: model(batch.inputs), labels: batch.targets)
            optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
          }
          try notebook.checkStop()
          seconds += Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
          curve.append(test.accuracy(of: model))
        }
        accuracies.append(curve[curve.count - 1])
        times.append(seconds)
        let trained = learned.accuracy(of: model)
        notebook.record("test_accuracy_\(size)", accuracies[accuracies.count - 1])
        let line = [
          "\(size)", NumberFormat.significant(seconds, digits: 3) + " s",
          NumberFormat.percent(trained), NumberFormat.percent(curve[curve.count - 1]),
        ]
        rows.append(line)
        notebook.say("batch \(line[0]): \(line[1]), train \(line[2]), test \(line[3])")
        curves.append(Series("batch \(size)", x: curve.indices.map { Double($0 + 1) }, y: curve))
      }
      notebook.record("test_accuracy_32_minus_256", accuracies[0] - accuracies[1])
      notebook.record("test_accuracy_256_minus_4096", accuracies[1] - accuracies[2])
      notebook.record("seconds_32_over_4096", times[0] / max(times[2], 1e-9))
      notebook.add(
        HTMLReport.Table(
          columns: ["batch", "time of 5 passes", "train accuracy", "test accuracy"].map {
            .init($0)
          },
          rows: rows))
      notebook.add(
        LineChart(title: "Test accuracy", xLabel: "epoch", yLabel: "accuracy", series: curves))
    }
  }
}
