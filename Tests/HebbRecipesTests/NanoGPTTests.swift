import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbRecipes
import HebbTestSupport
import HebbText
import HebbTraining
import Testing

/// The recipe's parts in the small; `hebb verify nanogpt-shakespeare` runs it whole.
@Suite struct NanoGPTTests {
  private func recipe(dropout: Double = 0.1) -> Recipe {
    let recipe = Recipe.nanoGPT
    var training = recipe.training
    training.epochs = 2
    return Recipe(
      name: recipe.name, title: recipe.title,
      model: {
        GPT2LanguageModel(
          .nano(vocabulary: 65, context: 8, width: 16, layers: 1, heads: 2, dropout: dropout),
          seed: $0)
      }, data: TinyShakespeareData(length: 8, blocks: 480), training: training,
      quick: recipe.quick, expected: [.atMost(3.8, "test_loss", source: "well below ln 65 = 4.17")])
  }

  /// Text like that of the data, so that a test need not measure with all of it.
  private func smallText(_ folder: TemporaryFolder) throws {
    let text = try TinyShakespeare.embedded().text
    let letters = CharacterVocabulary(of: text).characters.map { String($0) }.joined()
    folder.write(Array((String(text.prefix(6000)) + letters).utf8), "tinyshakespeare.txt")
  }

  @Test func learnsAndReports() throws {
    let folder = TemporaryFolder()
    try smallText(folder)
    var options = RunOptions()
    options.output = folder.file("run")
    options.dataFolder = folder.path
    let run = try RecipeRun.start(recipe(), options)
    let result = try run.train()
    #expect(result.summary.steps == 80)
    #expect(result.checks.allSatisfy { $0.isMet }, "\(result.summary["test_loss"] ?? .nan)")
    let accuracy = try #require(result.summary["test_accuracy"])
    #expect(accuracy > 0.1 && accuracy < 0.5)
    #expect(folder.contents("run/report.html") != nil)
    #expect(run.configuration["training"]?["optimizer"] == "adamw")
    #expect(run.configuration["training"]?["schedule"] == "cosine-to-tenth")
  }

  /// A run that goes on from a checkpoint has the same bits, dropout's masks among them.
  @Test func resumesBitForBit() throws {
    let folder = TemporaryFolder()
    try smallText(folder)
    let recipe = recipe(dropout: 0.2)
    let data = try recipe.data.load(from: .named(folder.path), seed: 3)
    func trainer(_ record: TrainingRecord? = nil) throws -> Trainer {
      let model = recipe.model(3)
      return try Trainer(
        model, recipe.training.makeOptimizer(model), recipe.data.objective, data: data.examples,
        settings: recipe.training.settings(stepsPerEpoch: 40), record: record)
    }
    let whole = try trainer()
    try whole.run()
    let run = try RunFolder.create(at: folder.file("half"), configuration: JSONObject())
    let half = try trainer(TrainingRecord(folder: run, configuration: JSONObject()))
    half.stopRequest = { half.step >= 50 ? 15 : nil }
    #expect(throws: Interruption.self) { try half.run() }
    #expect(half.step == 50)
    let second = try trainer()
    try second.restore(try run.checkpoints.latest())
    try second.run()
    #expect(second.step == whole.step)
    for (a, b) in zip(whole.model.state(), second.model.state()) {
      #expect(a.name == b.name && a.tensor.doubles() == b.tensor.doubles(), "\(a.name)")
    }
  }

  @Test func theWholeModelIsTheOneOfTheREADME() throws {
    let model = Recipe.nanoGPT.model(0)
    #expect(model.parameterCount == 804_096)
    #expect(Recipe.nanoGPT.training.epochs * 250 == 2000)
  }

  @Test func otherTextsAreRefused() throws {
    let folder = TemporaryFolder()
    folder.write(Array("abc".utf8), "tinyshakespeare.txt")
    var options = RunOptions()
    options.output = folder.file("run")
    options.dataFolder = folder.path
    expectSentence("65 distinct characters, found 3") {
      _ = try RecipeRun.start(recipe(), options)
    }
  }

  @Test func beginningsAreEncoded() throws {
    let data = TinyShakespeareData(length: 4, blocks: 1)
    var loaded: LoadedData?
    func load() throws -> LoadedData {
      if let loaded { return loaded }
      let read = try data.load(from: .searched([]), seed: 0)
      loaded = read
      return read
    }
    let example = try data.example("ROMEO:", from: load)
    #expect(example.input.shape == [1, 4])
    let vocabulary = try #require(try load().vocabulary)
    #expect(vocabulary.decode(example.input.integers()) == "MEO:")
    #expect(try data.example("test:0", from: load).input.shape == [1, 4])
    for text in ["", "é", "test:999999"] {
      expectSentence("expected", "found") { _ = try data.example(text, from: load) }
    }
  }

  /// A linear rise over a twentieth of the steps, half a cosine to a tenth.
  @Test func scheduleRisesAndFalls() throws {
    var training = Recipe.nanoGPT.training
    try training.set("schedule", to: "cosine-to-tenth")
    let schedule = RateSchedule.cosineToTenth.schedule(rate: 1e-3, stepsPerEpoch: 250, epochs: 8)
    #expect(abs(schedule(at: 0) - 1e-5) < 1e-12)
    #expect(abs(schedule(at: 49) - 5e-4) < 1e-12)
    #expect(abs(schedule(at: 100) - 1e-3) < 1e-12)
    #expect(abs(schedule(at: 1050) - 5.5e-4) < 1e-12)
    #expect(abs(schedule(at: 2000) - 1e-4) < 1e-12)
  }

  /// Vectors keep their size where the gradient is 0, matrices shrink by rate · decay.
  @Test func onlyMatricesDecay() throws {
    var training = Recipe.nanoGPT.training
    try training.set("rate", to: "0.1")
    let model = Linear(inputs: 3, outputs: 2, seed: 1)
    let optimizer = training.makeOptimizer(model)
    let (weight, bias) = (model.weight.floats(), try #require(model.bias).floats())
    let loss = (model(.zeros([1, 3])) * 0).sum()
    optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    expectClose(
      model.weight.doubles(), weight.map { Double($0) * 0.99 }, within: 1e-7)
    #expect(try #require(model.bias).floats() == bias)
  }
}

extension Linear {
  fileprivate convenience init(inputs: Int, outputs: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    self.init(inputs: inputs, outputs: outputs, using: &random)
  }
}
