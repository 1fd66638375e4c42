import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct RecipeRunTests {
  private func options(_ folder: TemporaryFolder, _ name: String = "run") -> RunOptions {
    var options = RunOptions()
    options.output = folder.file(name)
    return options
  }

  /// The whole recipe: it takes less than a second.
  @Test func linearRegressionReachesItsResult() throws {
    let folder = TemporaryFolder()
    let run = try RecipeRun.start(.linearRegression, options(folder))
    let result = try run.train()
    #expect(result.checks.count == 3)
    for check in result.checks {
      #expect(check.isMet, "\(check.expectation.metric) is \(check.value ?? .nan)")
    }
    #expect(result.json["parameters"] == 3 && result.json["steps"] == 300)
    #expect(result.json["report"]?.stringValue == folder.file("run/report.html"))
    #expect(folder.contents("run/report.html") != nil)

    let trained = try TrainedModel(run: folder.file("run"))
    let metrics = try trained.evaluate()
    #expect(metrics.first?.value == result.summary["test_loss"])
    let prediction = try trained.predict("1,-1")
    // 2 + 3.4 + 4.2.
    #expect(abs(prediction.outputs[0] - 9.6) < 0.01)
    #expect(try trained.predict("test:3").truth != nil)
    for input in ["1", "1,2,3", "a,b", "1,nan", "test:1000", "test:-1", "test:x", ""] {
      expectSentence("expected", "found") { _ = try trained.predict(input) }
    }
  }

  @Test func whatMissesItsResultFails() throws {
    let folder = TemporaryFolder()
    var options = options(folder)
    options.settings = ["rate=0.0001"]
    let result = try RecipeRun.start(.linearRegression, options).train()
    #expect(result.checks.allSatisfy { !$0.isMet })
  }

  @Test func aClassifierRunsFromEndToEnd() throws {
    let data = TemporaryFolder()
    try TinyFashion.write(to: data)
    let folder = TemporaryFolder()
    var options = options(folder)
    options.dataFolder = data.path
    options.epochs = 30
    options.settings = ["batch=20", "checkpoint-steps=3", "rate=0.5"]
    let run = try RecipeRun.start(.softmaxRegression, options)
    #expect(!run.data.isComplete && run.training.epochs == 30)
    let result = try run.train()
    #expect(result.summary.steps == 240)
    #expect((result.summary["test_accuracy"] ?? 0) > 0.9)
    let page = String(decoding: try #require(folder.contents("run/report.html")), as: UTF8.self)
    #expect(page.contains("Ankle boot"))

    let trained = try TrainedModel(run: folder.file("run"), isBest: true)
    let prediction = try trained.predict("test:2")
    // Label 2 · 7 mod 10 = 4.
    #expect(prediction.truth == "Coat" && prediction.classes.first?.name == "Coat")
    #expect(abs(prediction.classes.map(\.probability).reduce(0, +) - 1) < 1e-5)
    let image = try run.data.examples.test!.batch(at: [2]).inputs * 255
    let picture = image.reshaped(to: [28, 28]).cast(to: .uint8)
    try PNG.write(picture, to: folder.file("coat.png"))
    #expect(try trained.predict(folder.file("coat.png")).outputs == prediction.outputs)
    expectSentence("nothing.png") { _ = try trained.predict(folder.file("nothing.png")) }
  }

  @Test func interruptedRunsGoOn() throws {
    let folder = TemporaryFolder()
    let reference = try RecipeRun.start(.linearRegression, options(folder, "whole")).train()

    let run = try RecipeRun.start(.linearRegression, options(folder, "parts"))
    let record = TrainingRecord(folder: run.folder, configuration: run.configuration)
    let trainer = try Trainer(
      run.model, SGDForTest.make(run), Recipe.linearRegression.data.objective,
      data: run.data.examples, settings: SGDForTest.settings(run), record: record)
    trainer.stopRequest = { trainer.step == 130 ? 15 : nil }
    #expect(throws: Interruption.self) { try trainer.run() }

    let part = folder.file("parts")
    expectSentence("a run of mlp, found one of linear-regression") {
      _ = try RecipeRun.resume(part, recipe: .mlp, RunOptions())
    }
    var changed = RunOptions()
    changed.settings = ["rate=1"]
    expectSentence("only --epochs and --data") {
      _ = try RecipeRun.resume(part, recipe: nil, changed)
    }
    let resumed = try RecipeRun.resume(part, recipe: .linearRegression, RunOptions())
    let result = try resumed.train()
    #expect(result.summary.metrics == reference.summary.metrics)

    // From one of its checkpoints, and longer.
    var longer = RunOptions()
    longer.epochs = 4
    let again = try RecipeRun.resume("\(part)/checkpoints/step-00000200/", recipe: nil, longer)
    let end = try again.train()
    #expect(end.summary.steps == 400 && end.summary.epochs == 4)
    #expect(try TrainedModel(run: part).step == 400)
  }

  /// A run in bfloat16 that goes on from a checkpoint ends with the bits of the whole one.
  @Test func mixedPrecisionGoesOnExactly() throws {
    let data = TemporaryFolder()
    try TinyFashion.write(to: data)
    let folder = TemporaryFolder()
    func weights(_ path: String) throws -> [[Double]] {
      try TrainedModel(run: path, dataFolder: data.path).model.state().map { $0.tensor.doubles() }
    }
    var options = options(folder, "narrow")
    options.dataFolder = data.path
    options.epochs = 3
    options.settings = ["batch=20", "checkpoint-steps=5"]
    options.precision = "bf16"
    let run = try RecipeRun.start(.mlp, options)
    #expect(run.configuration["precision"] == "bf16")
    let result = try run.train()
    let narrow = try weights(folder.file("narrow"))

    var other = options
    other.precision = nil
    other.output = folder.file("single")
    let single = try RecipeRun.start(.mlp, other).train()
    #expect(try weights(folder.file("single")) != narrow)
    let losses = [result, single].compactMap { $0.summary["train_loss"] }
    // Roundings of 2⁻⁹ along 24 steps.
    #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 0.02 * losses[1])

    // In the middle of the last pass.
    let path = folder.file("narrow/checkpoints/step-00000020")
    var wrong = RunOptions()
    wrong.precision = "fp32"
    expectSentence("precision bf16", "found fp32") {
      _ = try RecipeRun.resume(path, recipe: nil, wrong)
    }
    let resumed = try RecipeRun.resume(path, recipe: .mlp, RunOptions())
    #expect(resumed.configuration["precision"] == "bf16")
    let again = try resumed.train()
    #expect(
      again.summary.steps == 24 && again.summary["train_loss"] == result.summary["train_loss"])
    #expect(try weights(folder.file("narrow")) == narrow)
  }

  @Test func damagedRunsAreRefused() throws {
    let folder = TemporaryFolder()
    try RecipeRun.start(.linearRegression, options(folder)).train()
    let config = try #require(folder.contents("run/config.json"))
    func open() throws { _ = try TrainedModel(run: folder.file("run")) }
    for (text, part) in [
      ("{", "config.json"), ("{}", "expected a recipe"),
      ("{\"recipe\":\"x\",\"training\":{}}", "expected one of the recipes"),
      ("{\"recipe\":\"mlp\",\"training\":{\"rate\":\"x\"}}", "expected rate"),
      ("{\"recipe\":\"mlp\",\"training\":{}}", "missing"),
    ] {
      folder.write(Array(text.utf8), "run/config.json")
      expectSentence(part) { try open() }
    }
    folder.write(config, "run/config.json")
    folder.write([1, 2, 3], "run/checkpoints/step-00000300/model.safetensors")
    expectSentence("expected", "found 3", "step-00000200 is whole") { try open() }
  }

  @Test func whatThisVersionCannotDoIsSaid() throws {
    var options = RunOptions()
    options.device = "cuda"
    expectSentence("device cpu, found \"cuda\"") { _ = try RecipeRun.start(.mlp, options) }
    options.device = "cpu"
    options.precision = "fp16"
    expectSentence("precision fp32 or bf16, found \"fp16\"") {
      _ = try RecipeRun.start(.mlp, options)
    }
    options.precision = nil
    options.settings = ["rate"]
    expectSentence("key=value") { _ = try RecipeRun.start(.mlp, options) }
    options.settings = []
    options.dataFolder = "/nowhere"
    expectSentence("/nowhere", "Fashion-MNIST") { _ = try RecipeRun.start(.mlp, options) }
  }

  @Test func aSubsetGetsMoreEpochsButNoVerification() throws {
    let data = TemporaryFolder()
    try TinyFashion.write(to: data, training: 6000, test: 20)
    let folder = TemporaryFolder()
    var options = options(folder)
    options.dataFolder = data.path
    options.needsAllData = true
    expectSentence("expected all 60000", "found 6000", "--data") {
      _ = try RecipeRun.start(.mlp, options)
    }
    #expect(folder.names.isEmpty)
    options.needsAllData = false
    let run = try RecipeRun.start(.mlp, options)
    // 235 steps a pass with all images, 24 with these.
    #expect(run.training.epochs == 98)
    #expect(run.notes.contains { $0.hasPrefix("98 epochs instead of 10") })
  }
}
