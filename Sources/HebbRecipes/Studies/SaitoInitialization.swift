import HebbCore
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Three initializations of one network.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §6.2.4 (`weight_init_compare.py`).
  static var saitoInitialization: Study {
    let book = "Saito §6.2: 784-100x4-10, SGD .01, batch 128, 2,000 steps"
    let starts: [(name: String, start: MultiLayerNet.Start, loss: ClosedRange<Double>)] = [
      ("normal_0.01", .normal(0.01), 2.295...2.305), ("xavier", .xavier, 0.270...0.317),
      ("he", .he, 0.190...0.210),
    ]
    return Study(
      name: "saito-initialization", title: "Three initializations on MNIST",
      question:
        "How far do weights of standard deviation .01, Xavier's and He's come? With .01 the "
        + "gradients vanish and nothing is learned; He's rule, made for ReLU, is best.",
      data: MNISTData(),
      expected: starts.map { .within($0.loss, "\($0.name)_loss", source: book) }
    ) { notebook in
      let training = try notebook.training()
      let (steps, seeds) = notebook.isQuick ? (300, 1) : (2000, 3)
      var curves: [Series] = []
      for entry in starts {
        var (curve, ends): ([Double], [Double]) = ([], [])
        for run in 0..<seeds {
          let seed = notebook.seed &+ UInt64(run)
          let model = MultiLayerNet(
            sizes: [784, 100, 100, 100, 100, 10], start: entry.start, seed: seed)
          var random = PhiloxGenerator(seed: seed, stream: 1)
          let losses = try notebook.train(
            model, SGD(model, rate: 0.01), on: training, batchSize: 128, steps: steps,
            using: &random, measuresLoss: true)
          if run == 0 { curve = losses }
          ends.append(Array(losses.suffix(100)).mean)
        }
        let smoothed = curve.smoothed(25)
        let x = smoothed.indices.map { 25 * Double($0 + 1) }
        curves.append(Series(entry.name, x: x, y: smoothed))
        notebook.record("\(entry.name)_loss", ends.mean)
        notebook.say(
          "\(entry.name): loss of the last 100 steps \(NumberFormat.significant(ends.mean))")
      }
      notebook.add(
        LineChart(
          title: "Loss", xLabel: "step", yLabel: "cross-entropy, mean of 25 steps", series: curves))
    }
  }
}
