import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

/// Accumulation, averaged weights, early stopping, and what goes wrong.
@Suite struct TrainerFeatureTests {
  /// Everything at once, on 104 examples: 26 batches of 4, steps of 3 batches, 9 steps a pass.
  private func everything(_ record: TrainingRecord?, epochs: Int = 6) throws -> Trainer {
    let model = Network(seed: 7)
    var settings = TrainingSettings(epochs: epochs, batchSize: 4, seed: 7)
    settings.accumulation = 3
    settings.averageDecay = 0.9
    settings.patience = 100
    settings.clipNorm = 0.5
    settings.logSteps = 4
    settings.checkpointSteps = 5
    settings.inspectionSteps = 6
    settings.schedule = Cosine(rate: 0.05, steps: 54)
    let trainer = try Trainer(
      model, Adam(model, rate: 0.05), Samples.objective,
      data: TrainingData(training: Samples.clusters(104), test: Samples.clusters(40, seed: 2)),
      settings: settings, record: record)
    trainer.stopRequest = { nil }
    return trainer
  }

  /// 54 steps, or so many, an interruption, and the rest: the same bits with accumulation, averaged
  /// weights, a schedule, clipping, dropout and early stopping.
  @Test(arguments: [1, 4, 9, 10, 27, 50]) func resumesBitForBitWithEverything(steps: Int) throws {
    let folder = TemporaryFolder()
    let whole = try Samples.record(folder, "whole")
    let reference = try everything(whole)
    try reference.run()
    #expect(reference.step == 54 && reference.epochStepCount == 9)

    let record = try Samples.record(folder, "parts")
    let first = try everything(record)
    first.stopRequest = { first.step >= steps ? 15 : nil }
    #expect(throws: Interruption.self) { try first.run() }
    #expect(first.step == steps)
    let second = try everything(record)
    try second.restore(record.folder.checkpoints.latest())
    try second.run()
    #expect(try Fingerprint(second, record) == Fingerprint(reference, whole))
    #expect(second.stopping == reference.stopping)
    func averages(_ record: TrainingRecord) throws -> [String: [Double]]? {
      try record.folder.checkpoints.latest().averageState()?.mapValues { $0.doubles() }
    }
    #expect(try averages(record) == averages(whole))
  }

  /// A plain model, so that batches do not depend on each other.
  private func linear(_ change: (inout TrainingSettings) -> Void) throws -> [Double] {
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 3, using: &random)
    var settings = TrainingSettings(epochs: 2, batchSize: 24, seed: 5)
    change(&settings)
    let trainer = try Trainer(
      model, SGD(model, rate: 0.1), Samples.objective,
      data: TrainingData(training: Samples.clusters(100)), settings: settings)
    try trainer.run()
    #expect(trainer.step == 10)
    return model.state().flatMap { $0.tensor.doubles() }
  }

  /// Portions of 8 three at a time are batches of 24, also at the end, where 4 are left.
  @Test func accumulatedPortionsAreOneBatch() throws {
    let whole = try linear { _ in }
    let portions = try linear {
      $0.batchSize = 8
      $0.accumulation = 3
    }
    expectClose(portions, whole, within: 1e-6)
    #expect(portions != (try linear { $0.seed = 6 }))
  }

  /// The system `opt-update-epoch`: batches and updates of a pass.
  @Test func updatesAndEpochsAreCounted() throws {
    let inputs = Tensor.zeros([60_000, 1]).evaluated()
    let data = ArrayDataset(inputs: inputs, targets: Tensor.zeros([60_000, 1]).evaluated())
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 1, outputs: 1, using: &random)
    let trainer = try Trainer(
      model, SGD(model), Regression(), data: TrainingData(training: data),
      settings: TrainingSettings(epochs: 1, batchSize: 256))
    #expect(trainer.epochStepCount == 235)
    let summary = try trainer.run()
    #expect(summary.steps == 235 && summary.epochs == 1 && trainer.step == 235)
  }

  @Test func averagedWeightsFollowTheFormula() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 3, using: &random)
    var settings = TrainingSettings(epochs: 1, batchSize: 26, seed: 5)
    settings.averageDecay = 0.75
    settings.checkpointSteps = 1
    settings.keptCheckpoints = 10
    let trainer = try Trainer(
      model, SGD(model, rate: 0.1), Samples.objective,
      data: TrainingData(training: Samples.clusters(104), test: Samples.clusters(40, seed: 2)),
      settings: settings, record: record)
    try trainer.run()
    let store = record.folder.checkpoints
    var expected: [Double] = []
    for step in 1...4 {
      let checkpoint = try Checkpoint(folder: store.path(ofStep: step))
      let weight = try #require(try checkpoint.modelState()["weight"]).doubles()
      expected =
        step == 1 ? weight : zip(expected, weight).map { 0.75 * $0 + 0.25 * $1 }
      let found = try #require(try checkpoint.averageState()?["weight"]).doubles()
      expectClose(found, expected, within: 1e-6)
    }
    // What is measured and shown is the average, and the model has its own weights again afterwards.
    let own = model.weight.doubles()
    expectClose(trainer.withEvaluatedWeights { model.weight.doubles() }, expected, within: 1e-6)
    #expect(model.weight.doubles() == own && own != expected)
    // Results are those of the averages.
    let averages = try #require(try store.latest().averageState())
    let other = Linear(inputs: 4, outputs: 3, using: &random)
    try other.load(averages)
    let data = AnyDataset(Samples.clusters(40, seed: 2))
    let wanted = try evaluate(other, Samples.objective, on: data).mean("loss")
    #expect(trainer.summary["test_loss"] == wanted)
    #expect(try evaluate(model, Samples.objective, on: data).mean("loss") != wanted)
  }

  /// The system `early-stopping`: losses by a script, the best weights bit for bit.
  @Test func earlyStoppingRestoresTheBestWeights() throws {
    var stopping = EarlyStopping(patience: 3, isLargerBetter: false)
    let losses = [3, 2, 2.5, 2.2, 1.9, 1.9, .nan, 2, 1]
    #expect(losses.firstIndex { stopping.observe($0) } == 7)
    #expect(stopping.best == 1.9 && stopping.waited == 3)
    var strict = EarlyStopping(patience: 2, minimumImprovement: 0.5, isLargerBetter: true)
    #expect([1, 1.4, 1.6, 1.7, 1.8].firstIndex { strict.observe($0) } == 4)

    // The test measures loss of a model that learns the opposite: it is best after the first pass.
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    func trainer() throws -> Trainer {
      var random = PhiloxGenerator(seed: 3)
      let model = Linear(inputs: 4, outputs: 1, using: &random)
      let inputs = Tensor.sample([32, 4], 5)
      var settings = TrainingSettings(epochs: 50, batchSize: 8)
      settings.patience = 3
      let trainer = try Trainer(
        model, SGD(model, rate: 0.05), Regression(),
        data: TrainingData(
          training: ArrayDataset(inputs: inputs, targets: Tensor.full([32, 1], 5).evaluated()),
          test: ArrayDataset(inputs: inputs, targets: Tensor.full([32, 1], -5).evaluated())),
        settings: settings, record: record)
      trainer.stopRequest = { nil }
      return trainer
    }
    let first = try trainer()
    let summary = try first.run()
    #expect(summary.epochs == 4)
    let manifest = try record.folder.checkpoints.latest().manifest
    #expect(manifest.step == 16 && manifest.best?.step == 4)
    func bytes(_ state: [(name: String, tensor: Tensor)]) -> [[UInt8]] {
      state.sorted { $0.name < $1.name }.map { $0.tensor.withBytes { Array($0) } }
    }
    let best = try Checkpoint(folder: record.folder.checkpoints.path(ofStep: 4)).modelState()
    #expect(bytes(first.model.state()) == bytes(best.map { ($0.key, $0.value) }))
    // A run that has stopped stays stopped, with the same weights.
    let second = try trainer()
    try second.restore(record.folder.checkpoints.latest())
    #expect(try second.run().epochs == 4)
    #expect(bytes(second.model.state()) == bytes(first.model.state()))
  }

  private struct Broken: Error, CustomStringConvertible {
    let description = "the disk with the pictures is gone"
  }

  /// Data that cannot be read from a step on: the state is saved, and the run can go on.
  @Test func errorsOfTheDataSaveTheState() throws {
    let folder = TemporaryFolder()
    let whole = try Samples.record(folder, "whole")
    let reference = try Samples.trainer(record: whole)
    try reference.run()

    struct Failing: Dataset {
      typealias Failure = any Error
      let base = Samples.clusters(104)
      var count: Int { base.count }
      let steps: @Sendable () -> Int
      func batch(at indices: [Int]) throws -> Batch {
        if steps() >= 17 { throw Broken() }
        return base.batch(at: indices)
      }
    }
    let record = try Samples.record(folder, "parts")
    let counter = Counter()
    let model = Network(seed: 7)
    var settings = TrainingSettings(epochs: 4, batchSize: 8, seed: 7)
    settings.clipNorm = 0.5
    settings.logSteps = 5
    let trainer = try Trainer(
      model, Adam(model, rate: 0.01), Samples.objective,
      data: TrainingData(
        training: Failing { counter.value }, test: Samples.clusters(40, seed: 2)),
      settings: settings, record: record)
    trainer.stopRequest = {
      counter.value = trainer.step
      return nil
    }
    do {
      try trainer.run()
      Issue.record("nothing was thrown")
    } catch let failure as TrainingFailure {
      #expect(failure.step == 17 && failure.underlying is Broken)
      #expect(
        "\(failure)" == "the disk with the pictures is gone; the state after step 17 is saved in "
          + record.folder.checkpoints.path(ofStep: 17))
    }
    let second = try Samples.trainer(record: record)
    try second.restore(record.folder.checkpoints.latest())
    try second.run()
    #expect(try Fingerprint(second, record) == Fingerprint(reference, whole))
  }

  /// A number that tests change while a data set reads it.
  private final class Counter: @unchecked Sendable { var value = 0 }

  private final class Logarithmic: Layer {
    let inner: Linear
    init() {
      var random = PhiloxGenerator(seed: 3)
      inner = Linear(inputs: 4, outputs: 1, using: &random)
    }
    func callAsFunction(_ x: Tensor) -> Tensor { log(inner(x) + 40) }
  }

  @Test func divergenceNamesTheFirstOperation() throws {
    // The weights grow until the logarithm gets a negative number.
    let model = Logarithmic()
    let data = ArrayDataset(
      inputs: Tensor.ones([64, 4]).evaluated(), targets: Tensor.full([64, 1], -9).evaluated())
    var settings = TrainingSettings(epochs: 50, batchSize: 8)
    settings.logSteps = 7
    let trainer = try Trainer(
      model, SGD(model, rate: 1), Regression(), data: TrainingData(training: data),
      settings: settings)
    do {
      try trainer.run()
      Issue.record("nothing was thrown")
    } catch let divergence as Divergence {
      let cause = try #require(divergence.cause)
      let wanted = "the first operation without a finite result: log gave nan"
      #expect(cause.contains(wanted), "\(cause)")
      #expect(cause.contains("inner.bias"), "\(cause)")
      #expect(divergence.description.contains("the loss became nan at step \(divergence.step)"))
    }
  }

  @Test func brokenExamplesAreNamed() throws {
    var numbers = [Float](repeating: 1, count: 64 * 4)
    numbers[4 * 37 + 2] = .infinity
    let data = ArrayDataset(
      inputs: Tensor(numbers, shape: [64, 4]), targets: Tensor.zeros([64, 1]).evaluated())
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 1, using: &random)
    let trainer = try Trainer(
      model, SGD(model, rate: 1e-3), Regression(), data: TrainingData(training: data),
      settings: TrainingSettings(epochs: 1, batchSize: 8))
    expectSentence("the inputs of training example 37 have elements that are no numbers") {
      try trainer.run()
    }
  }

  /// The evaluation is tried before the first step: a mistake in it must not cost a pass.
  @Test func theEvaluationIsTriedFirst() throws {
    struct Unreadable: Dataset {
      typealias Failure = any Error
      let count = 10
      func batch(at indices: [Int]) throws -> Batch { throw Broken() }
    }
    let model = Network(seed: 1)
    let trainer = try Trainer(
      model, SGD(model), Samples.objective,
      data: TrainingData(training: Samples.clusters(104), test: Unreadable()),
      settings: TrainingSettings(epochs: 1, batchSize: 8))
    expectSentence("the disk with the pictures is gone") { try trainer.run() }
    #expect(trainer.step == 0)
  }

  @Test func timesOfPhasesAreLogged() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let trainer = try Samples.trainer(epochs: 2, record: record)
    try trainer.run()
    let line = try #require(trainer.epochs.last)
    for phase in TrainingPhase.allCases {
      #expect((line["\(phase.rawValue)_seconds"]?.doubleValue ?? 0) > 0, "\(phase)")
    }
    let table = String(decoding: try #require(folder.contents("run/metrics.csv")), as: UTF8.self)
    let rows = table.split(separator: "\n")
    #expect(rows.count == 1 + 5 + 2)
    #expect(rows[0].hasPrefix("kind,epoch,step,loss,accuracy,rate,gradient_norm,seconds"))
    #expect(rows[1].hasPrefix("step,1,5,") && rows.last?.hasPrefix("epoch,2,26,") == true)
  }

  @Test func absurdSettingsAreRefused() {
    func make(_ change: (inout TrainingSettings) -> Void) throws {
      var settings = TrainingSettings(epochs: 1, batchSize: 8)
      change(&settings)
      try settings.validate()
    }
    expectSentence("the batches of a step", "found 0") { try make { $0.accumulation = 0 } }
    expectSentence("averaged weights", "found 1.0") { try make { $0.averageDecay = 1 } }
    expectSentence("patience", "found 0") { try make { $0.patience = 0 } }
    expectSentence("elements") { try make { $0.clipValue = -1 } }
    expectSentence("inspections") { try make { $0.inspectionSteps = 0 } }
    expectSentence("improvement") { try make { $0.minimumImprovement = .nan } }
  }
}
