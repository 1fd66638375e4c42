import HebbCPU
import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct RateFinderTests {
  /// The weights, the optimizer and the rate are as before, and the suggestion is one that learns.
  @Test func suggestsARateAndLeavesNoTrace() throws {
    let model = Network(seed: 3)
    let optimizer = SGD(model, rate: 0.5, momentum: 0.9)
    func bytes() -> [[UInt8]] {
      (model.state() + optimizer.state()).map { $0.tensor.withBytes { Array($0) } }
    }
    let before = bytes()
    let finder = try RateFinder(
      model, optimizer, Samples.objective, data: AnyDataset(Samples.clusters(104)), batchSize: 16)
    #expect(bytes() == before)
    #expect(optimizer.rate == 0.5 && optimizer.stepCount == 0)
    #expect(abs((finder.points.first?.rate ?? 0) - 1e-7) < 1e-12)
    #expect(zip(finder.points, finder.points.dropFirst()).allSatisfy { $0.rate < $1.rate })
    let rate = try #require(finder.steepest)
    #expect((1e-3...1).contains(rate), "suggested \(rate)")
    #expect(finder.chart.svg(width: 600, height: 400).contains("Loss over the learning rate"))
    var settings = TrainingSettings(epochs: 3, batchSize: 16)
    settings.rehearsedBatches = 0
    let trainer = try Trainer(
      model, SGD(model, rate: rate, momentum: 0.9), Samples.objective,
      data: TrainingData(training: Samples.clusters(104)), settings: settings)
    let loss = try #require(try trainer.run()["train_loss"])
    #expect(loss < (finder.points.first?.loss ?? 0))
  }
}
