import HebbCore
import HebbNN
import HebbOptim
import HebbPlot
import HebbTraining

extension Study {
  /// Weight decay of a linear model in 200 dimensions with 20 examples.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §3.7 (0.17: §4.5).
  static var weightDecay: Study {
    let book = "d2l §3.7: 200 inputs, 20 examples, batch 5, rate .003, 100 epochs"
    return Study(
      name: "weight-decay", title: "Weight decay of a linear model in 200 dimensions",
      question: "With ten times as many weights as examples the training loss falls to nothing "
        + "and the test loss does not; the penalty λ/2 ‖w‖² with λ = 3 mends that.",
      expected: [
        .atMost(1e-3, "plain_train_loss", source: book + ", 5e-6"),
        .within(50...200, "plain_test_loss", source: book + ", 98"),
        .within(12.0...15.5, "plain_norm", source: book + ", 12.6 to 14.9"),
        .atMost(5e-3, "decay_train_loss", source: book + ", 7e-4"),
        .within(0.01...0.2, "decay_test_loss", source: book + ", .08"),
        .within(0.32...0.42, "decay_norm", source: book + ", .346 to .400"),
      ]
    ) { notebook in
      // y = .05 + Σ .01 x + N(0, .01²)
      let inputs = 200
      func examples(_ count: Int, stream: UInt64) -> (x: Tensor, y: Tensor) {
        let generator = PhiloxGenerator(seed: notebook.seed, stream: stream)
        let x = Tensor.normal([count, inputs], using: generator)
        let noise = Tensor.normal([count, 1], using: generator.mixing("noise"))
        let y = x.sum(axes: [1], keepingDimensions: true) * 0.01 + 0.05 + 0.01 * noise
        return (x.evaluated(), y.evaluated())
      }
      let (training, test) = (examples(20, stream: 1), examples(100, stream: 2))
      for (name, lambda) in [("plain", 0.0), ("decay", 3.0)] {
        var random = PhiloxGenerator(seed: notebook.seed, stream: 3)
        let model = Linear(inputs: inputs, outputs: 1, using: &random)
        model.weight = .normal([1, inputs], using: PhiloxGenerator(seed: random.next()))
        model.bias = .zeros([1])
        // The book counts the squared error half, and updates along the mean over the batch.
        func loss(_ x: Tensor, _ y: Tensor) -> Tensor { square(model(x) - y).mean() / 2 }
        let optimizer = SGD(model, rate: 0.003)
        var (trainCurve, testCurve): ([Double], [Double]) = ([], [])
        for epoch in 1...100 {
          try notebook.checkStop()
          let order = random.permutation(count: 20)
          for start in stride(from: 0, to: 20, by: 5) {
            let rows = Tensor(order[start..<start + 5].map { Int64($0) }, shape: [5])
            let (x, y) = (training.x.gathering(rows), training.y.gathering(rows))
            let total = loss(x, y) + square(model.weight).sum() * (lambda / 2)
            optimizer.step(along: gradients(of: total, for: optimizer.parameters))
          }
          if epoch % 5 == 0 {
            trainCurve.append(withoutGradients { loss(training.x, training.y).item() })
            testCurve.append(withoutGradients { loss(test.x, test.y).item() })
          }
        }
        let norm = square(model.weight).sum().item().squareRoot()
        notebook.record("\(name)_train_loss", trainCurve[trainCurve.count - 1])
        notebook.record("\(name)_test_loss", testCurve[testCurve.count - 1])
        notebook.record("\(name)_norm", norm)
        notebook.say(
          "λ = \(NumberFormat.significant(lambda)): train loss "
            + "\(NumberFormat.significant(trainCurve[trainCurve.count - 1])), test loss "
            + "\(NumberFormat.significant(testCurve[testCurve.count - 1])), ‖w‖ "
            + NumberFormat.significant(norm))
        let x = trainCurve.indices.map { 5 * Double($0 + 1) }
        notebook.add(
          LineChart(
            title: "λ = \(NumberFormat.significant(lambda))", xLabel: "epoch", yLabel: "loss",
            yScale: .logarithmic,
            series: [Series("train", x: x, y: trainCurve), Series("test", x: x, y: testCurve)]))
      }
    }
  }
}
