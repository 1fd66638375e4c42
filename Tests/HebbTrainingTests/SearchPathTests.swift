import HebbCPU
import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbPlot
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct SearchPathTests {
  static func points(_ path: [Tensor]) -> [Series.Point] {
    path.map { Series.Point($0.doubles()[0], $0.doubles()[1]) }
  }

  /// The figure of "Deep Learning from Scratch", chapter 6: four optimizers on x² / 20 + y² from
  /// (−7, 2), over the lines of equal height, ending where the book's program ends.
  @Test func fourPathsOverContours() throws {
    let curvatures = Tensor([0.05, 1] as [Double])
    let rows: [(String, (Point) -> any Optimizer, Series.Point)] = [
      ("SGD", { SGD($0, rate: 0.95) }, .init(-0.350393, 0.084782)),
      ("Momentum", { SGD($0, rate: 0.1, momentum: 0.9) }, .init(0.896414, 0.088086)),
      ("AdaGrad", { Adagrad($0, rate: 1.5, epsilon: 1e-7) }, .init(-0.120162, 0)),
      ("Adam", { Adam($0, rate: 0.3) }, .init(0.136007, 0.318245)),
    ]
    var series = [0.5, 1, 2, 4].map {
      Series.contour(of: { $0 * $0 / 20 + $1 * $1 }, at: $0, x: -8...8, y: -3...3)
    }
    for (name, make, end) in rows {
      let path = descend(from: Tensor([-7, 2] as [Double]), steps: 30, by: make) {
        (curvatures * square($0)).sum()
      }
      let points = Self.points(path)
      #expect(points.count == 31 && points[0] == .init(-7, 2))
      #expect(abs(points[30].x - end.x) < 1e-5 && abs(points[30].y - end.y) < 1e-5, "\(name)")
      series.append(Series(name, points: points))
    }
    let chart = LineChart(title: "Search paths", xLabel: "x", yLabel: "y", series: series)
    let svg = chart.svg(width: 640, height: 400)
    for (name, _, _) in rows { #expect(svg.contains(">\(name)</text>"), "\(name)") }
    #expect(svg == chart.svg(width: 640, height: 400))
  }

  /// Training can be stuck with large slopes: at the largest stable rate the path jumps across the
  /// valley of 100 x² + y² for ever, the loss rests, and the slope stays far from 0.
  @Test func aPathThatJumpsAcrossTheValley() {
    let curvatures = Tensor([100, 1] as [Double])
    let f = { (x: Tensor) in (curvatures * square(x)).sum() }
    let path = descend(
      from: Tensor([0.1, 0] as [Double]), steps: 50, by: { SGD($0, rate: 0.01) }, on: f)
    for (before, after) in zip(path, path.dropFirst()) {
      #expect(abs(f(after).item() - f(before).item()) < 1e-9)
      #expect(before.doubles()[0] * after.doubles()[0] < 0)
      #expect(sqrt(square(gradient(at: after, of: f)).sum()).item() > 0.1)
    }
    let surface = Series.contour(of: { 100 * $0 * $0 + $1 * $1 }, at: 1, x: -0.2...0.2, y: -2...2)
    let chart = LineChart(series: [surface, Series("path", points: Self.points(path))])
    #expect(chart.svg(width: 400, height: 300).contains("<svg"))
  }

  /// One change of the parameters is an update, all batches once are an epoch: 60,000 examples in
  /// batches of 256 make 235 updates.
  @Test func updatesOfAnEpoch() throws {
    let x = Tensor.zeros([60_000, 1])
    var random = PhiloxGenerator(seed: 1)
    let model = Linear(inputs: 1, outputs: 1, using: &random)
    let optimizer = SGD(model, rate: 0.1)
    let trainer = try Trainer(
      model, optimizer, Regression(),
      data: TrainingData(training: ArrayDataset(inputs: x, targets: x)),
      settings: TrainingSettings(epochs: 1, batchSize: 256))
    let summary = try trainer.run()
    #expect(summary.epochs == 1 && summary.steps == 235)
    #expect(trainer.step == 235 && optimizer.stepCount == 235)
  }
}
