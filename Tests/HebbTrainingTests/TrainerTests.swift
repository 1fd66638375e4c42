import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct TrainerTests {
  @Test func learns() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let trainer = try Samples.trainer(epochs: 6, record: record)
    let summary = try trainer.run()
    #expect(summary.epochs == 6 && summary.steps == 78 && trainer.step == 78)
    let accuracy = try #require(summary["test_accuracy"])
    #expect(accuracy > 0.95)
    #expect(
      summary.metrics.map(\.name) == ["train_loss", "train_accuracy", "test_loss", "test_accuracy"])
    // The curves: 15 windows of five steps and six passes.
    let lines = try MetricsLog.read(record.folder.metricsPath)
    #expect(lines.count { $0["kind"] == "step" } == 15)
    #expect(lines.count { $0["kind"] == "epoch" } == 6)
    #expect(record.folder.checkpoints.steps.suffix(2) == [65, 78])
  }

  /// The system `trainer`: for each epoch and each batch forward, loss, backward, update. The same
  /// written out gives the same bits.
  @Test func isTheLoopOfTheTextbooks() throws {
    let data = Samples.clusters(50)
    let (model, plain) = (Network(seed: 2), Network(seed: 2))
    let trainer = try Trainer(
      model, SGD(model, rate: 0.1, momentum: 0.9), Samples.objective,
      data: TrainingData(training: data),
      settings: TrainingSettings(epochs: 3, batchSize: 8, seed: 5))
    trainer.stopRequest = { nil }
    try trainer.run()
    let loader = try DataLoader(data, batchSize: 8, isShuffled: true, seed: 5)
    let optimizer = SGD(plain, rate: 0.1, momentum: 0.9)
    for epoch in 0..<3 {
      for batch in try loader.batches(from: DataPosition(epoch: epoch)) {
        let loss = softmaxCrossEntropy(logits: plain(batch.inputs), labels: batch.targets)
        optimizer.step(along: gradients(of: loss, for: plain))
      }
    }
    #expect(trainer.step == 21 && optimizer.stepCount == 21)
    for (found, expected) in zip(model.state(), plain.state()) {
      #expect(found.tensor.doubles() == expected.tensor.doubles(), "\(found.name)")
    }
  }

  /// The mean loss of a pass while it trains, as the book reports it: with a rate of almost zero, the
  /// mean over all examples of the untrained model.
  @Test func trainLossIsTheMeanOverExamples() throws {
    let data = Samples.clusters(21)
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 3, using: &random)
    let expected = try evaluate(model, Samples.objective, on: AnyDataset(data))
    let trainer = try Trainer(
      model, SGD(model, rate: 1e-12), Samples.objective, data: TrainingData(training: data),
      settings: TrainingSettings(epochs: 1, batchSize: 8))
    let summary = try trainer.run()
    let (found, wanted) = (summary["train_loss"] ?? 0, expected.mean("loss") ?? 1)
    #expect(abs(found - wanted) < 1e-6)
    #expect(summary["train_accuracy"] == expected.mean("accuracy"))
    #expect(summary["test_loss"] == nil)
  }

  /// Stops after each number of steps, in the middle of a pass, at its end and between log lines, and
  /// goes on in a new trainer: all must be as if nothing had happened.
  @Test(arguments: Samples.Kind.allCases, [1, 5, 12, 13, 14, 20, 26, 51])
  func resumesBitForBit(kind: Samples.Kind, steps: Int) throws {
    let folder = TemporaryFolder()
    let whole = try Samples.record(folder, "whole")
    let reference = try Samples.trainer(kind: kind, record: whole)
    try reference.run()

    let record = try Samples.record(folder, "parts")
    let first = try Samples.trainer(kind: kind, record: record)
    first.stopRequest = { first.step >= steps ? 15 : nil }
    #expect(throws: Interruption.self) { try first.run() }
    #expect(first.step == steps)

    let second = try Samples.trainer(kind: kind, record: record)
    try second.restore(record.folder.checkpoints.latest())
    #expect(second.step == steps)
    let summary = try second.run()
    #expect(try Fingerprint(second, record) == Fingerprint(reference, whole))
    #expect(summary.metrics == reference.summary.metrics)
  }

  /// A run that dies without a word: what it logged after its last checkpoint is computed again.
  @Test func resumesAfterACrash() throws {
    let folder = TemporaryFolder()
    let whole = try Samples.record(folder, "whole")
    let reference = try Samples.trainer(record: whole, checkpointSteps: 10)
    try reference.run()

    let record = try Samples.record(folder, "parts")
    let crashing = try Samples.trainer(record: record, checkpointSteps: 10)
    // Steps 27 and 28 are done and logged, and their checkpoint is taken away again.
    crashing.stopRequest = { crashing.step == 28 ? 9 : nil }
    #expect(throws: Interruption.self) { try crashing.run() }
    Folder.removeFlat(record.folder.checkpoints.path(ofStep: 28))
    let log = try #require(folder.contents("parts/metrics.jsonl"))
    folder.write(log + Array("{\"kind\":\"step\",\"st".utf8), "parts/metrics.jsonl")

    let second = try Samples.trainer(record: record, checkpointSteps: 10)
    let checkpoint = try record.folder.checkpoints.latest()
    #expect(checkpoint.manifest.step == 26)
    try second.restore(checkpoint)
    try second.run()
    #expect(try Fingerprint(second, record) == Fingerprint(reference, whole))
  }

  @Test func moreEpochsGoOnWhereFewerEnded() throws {
    let folder = TemporaryFolder()
    let whole = try Samples.record(folder, "whole")
    let reference = try Samples.trainer(epochs: 3, kind: .plain, record: whole)
    try reference.run()
    let record = try Samples.record(folder, "parts")
    try Samples.trainer(epochs: 1, kind: .plain, record: record).run()
    let second = try Samples.trainer(epochs: 3, kind: .plain, record: record)
    try second.restore(record.folder.checkpoints.latest())
    try second.run()
    #expect(try Fingerprint(second, record) == Fingerprint(reference, whole))
    // A run that is complete has its results at once.
    let third = try Samples.trainer(epochs: 3, kind: .plain, record: record)
    try third.restore(record.folder.checkpoints.latest())
    #expect(try third.run().metrics == reference.summary.metrics)
  }

  @Test func theSeedDecidesEverything() throws {
    func run(_ seed: UInt64) throws -> Fingerprint {
      let trainer = try Samples.trainer(epochs: 1, seed: seed)
      try trainer.run()
      return try Fingerprint(trainer, nil)
    }
    #expect(try run(3) == run(3))
    #expect(try run(3) != run(4))
  }

  /// When metrics are read must not change what is computed.
  @Test func readingMoreOftenChangesNothing() throws {
    func run(_ logSteps: Int) throws -> Fingerprint {
      let trainer = try Samples.trainer(epochs: 2, logSteps: logSteps)
      try trainer.run()
      return try Fingerprint(trainer, nil)
    }
    #expect(try run(1) == run(1000))
  }

  /// With a rate of 1, a step is as long as the gradient may be.
  @Test func clippingLimitsSteps() throws {
    func length(of clipNorm: Double?) throws -> Double {
      var random = PhiloxGenerator(seed: 3)
      let model = Linear(inputs: 4, outputs: 3, using: &random)
      let before = model.state().flatMap { $0.tensor.doubles() }
      var settings = TrainingSettings(epochs: 1, batchSize: 104)
      settings.clipNorm = clipNorm
      let trainer = try Trainer(
        model, SGD(model, rate: 1), Samples.objective,
        data: TrainingData(training: Samples.clusters(104)), settings: settings)
      try trainer.run()
      let after = model.state().flatMap { $0.tensor.doubles() }
      return zip(before, after).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    }
    #expect(try length(of: nil) > 0.1)
    #expect(abs(try length(of: 0.01) - 0.01) < 1e-5)
  }

  @Test func theScheduleSetsTheRateOfEachStep() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    try Samples.trainer(epochs: 2, kind: .momentum, record: record, logSteps: 1).run()
    let schedule = Cosine(rate: 0.1, steps: 26)
    let lines = try MetricsLog.read(record.folder.metricsPath).filter { $0["kind"] == "step" }
    #expect(lines.compactMap { $0["rate"]?.doubleValue } == (0..<26).map { schedule(at: $0) })
  }

  @Test func theBestCheckpointIsKept() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    try Samples.trainer(epochs: 6, record: record).run()
    let lines = try MetricsLog.read(record.folder.metricsPath).filter { $0["kind"] == "epoch" }
    let results = lines.compactMap { $0["test_accuracy"]?.doubleValue }
    let best = try #require(record.folder.checkpoints.latest().manifest.best)
    #expect(best.metric == "test_accuracy" && best.value == results.max())
    let first = try #require(results.firstIndex(of: best.value))
    #expect(best.step == 13 * (first + 1))
    #expect(record.folder.checkpoints.steps.contains(best.step))
    // Less is better where the loss decides.
    let data = ArrayDataset(
      inputs: Tensor.normal([32, 4], using: PhiloxGenerator(seed: 5)).evaluated(),
      targets: .zeros([32, 1]).evaluated())
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 1, using: &random)
    let other = try Samples.record(folder, "other")
    let trainer = try Trainer(
      model, SGD(model, rate: 0.1), Regression(), data: TrainingData(training: data),
      settings: TrainingSettings(epochs: 3, batchSize: 8), record: other)
    try trainer.run()
    let least = try #require(other.folder.checkpoints.latest().manifest.best)
    #expect(least.metric == "train_loss" && least.step == 12)
  }

  @Test func interruptionsSaveAndSay() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let trainer = try Samples.trainer(record: record)
    trainer.stopRequest = { trainer.step == 3 ? 2 : nil }
    do {
      try trainer.run()
      Issue.record("not interrupted")
    } catch let stop as Interruption {
      #expect(stop.signal == 2 && stop.step == 3)
      #expect(stop.checkpoint == record.folder.checkpoints.path(ofStep: 3))
      #expect(stop.description.hasPrefix("training was interrupted after step 3; its state is"))
    }
    #expect(record.folder.checkpoints.steps == [3])
  }

  @Test func divergenceIsNoticedAndNothingLost() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 1, using: &random)
    let numbers = Tensor.normal([64, 4], using: PhiloxGenerator(seed: 5)).evaluated()
    let data = ArrayDataset(inputs: numbers, targets: .zeros([64, 1]).evaluated())
    var settings = TrainingSettings(epochs: 500, batchSize: 8)
    settings.logSteps = 7
    // A rate at which the error grows at every step.
    let trainer = try Trainer(
      model, SGD(model, rate: 3), Regression(), data: TrainingData(training: data),
      settings: settings, record: record)
    expectSentence("at step", "last finite loss", "which is 3", "clip-norm", "is kept") {
      try trainer.run()
    }
    let kept = try record.folder.checkpoints.latest()
    let isFinite = try kept.modelState().values.allSatisfy { tensor in
      tensor.doubles().allSatisfy(\.isFinite)
    }
    #expect(isFinite)
  }

  @Test func aFailingCheckpointStopsWithoutLoss() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let trainer = try Samples.trainer(record: record)
    trainer.stopRequest = {
      // A file stands where the next checkpoint's temporary folder should be made.
      if trainer.step == 20 {
        Folder.removeFlat(record.folder.checkpoints.folder + "x")
        try? Folder.rename(record.folder.checkpoints.folder, to: folder.file("moved"))
        folder.write([1], "run/checkpoints")
      }
      return nil
    }
    expectSentence("cannot be created") { try trainer.run() }
    #expect(try CheckpointStore(folder: folder.file("moved")).latest().manifest.step == 13)
  }

  @Test func foreignCheckpointsAreRefused() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    try Samples.trainer(epochs: 1, record: record).run()
    let checkpoint = try record.folder.checkpoints.latest()
    expectSentence("seed 8, found seed 7") { try Samples.trainer(seed: 8).restore(checkpoint) }
    expectSentence("not used are", "use a checkpoint of this optimizer") {
      try Samples.trainer(kind: .plain).restore(checkpoint)
    }
    var random = PhiloxGenerator(seed: 3)
    let model = Linear(inputs: 4, outputs: 3, using: &random)
    let other = try Trainer(
      model, Adam(model), Samples.objective,
      data: TrainingData(training: Samples.clusters(104)),
      settings: TrainingSettings(epochs: 1, batchSize: 8, seed: 7))
    expectSentence("missing are weight, bias", "use a checkpoint of this model") {
      try other.restore(checkpoint)
    }
    let shorter = try Trainer(
      Network(seed: 7), Adam(Network(seed: 7)), Samples.objective,
      data: TrainingData(training: Samples.clusters(80)),
      settings: TrainingSettings(epochs: 1, batchSize: 8, seed: 7))
    expectSentence("epochs of 10 steps", "found step 13") { try shorter.restore(checkpoint) }
  }

  @Test func absurdSettingsAreRefused() {
    func make(_ change: (inout TrainingSettings) -> Void) throws {
      var settings = TrainingSettings(epochs: 1, batchSize: 8)
      change(&settings)
      let model = Network(seed: 1)
      _ = try Trainer(
        model, SGD(model), Samples.objective, data: TrainingData(training: Samples.clusters(8)),
        settings: settings)
    }
    expectSentence("the number of epochs", "found 0") { try make { $0.epochs = 0 } }
    expectSentence("the batch size", "found -1") { try make { $0.batchSize = -1 } }
    expectSentence("log lines") { try make { $0.logSteps = 0 } }
    expectSentence("checkpoints") { try make { $0.checkpointSteps = 0 } }
    expectSentence("norm", "nan") { try make { $0.clipNorm = .nan } }
  }

  @Test func stepsLeaveNoGraphBehind() throws {
    let trainer = try Samples.trainer(epochs: 1)
    try trainer.run()
    let before = MemoryStatistics.current
    let again = try Samples.trainer(epochs: 30, logSteps: 100)
    try again.run()
    // The second model, its optimizer and data; nothing for each of its 390 steps.
    #expect(MemoryStatistics.current.liveNodes < before.liveNodes + 200)
  }
}
