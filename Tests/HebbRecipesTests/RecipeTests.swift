import HebbCPU
import HebbCore
import HebbNN
import HebbRecipes
import HebbTraining
import Testing

@Suite struct RecipeTests {
  @Test func namesAreFound() throws {
    #expect(
      Recipe.all.map(\.name) == [
        "linear-regression", "softmax-regression", "mlp", "mlp-dropout", "lenet", "lenet-bn",
        "maxout", "lenet-constant-rate", "lenet-square-root-rate", "lenet-multi-factor-rate",
        "lenet-cosine-rate", "lenet-cosine-warm-up-rate", "resnet20-cifar10", "nanogpt-shakespeare",
        "lstm-timemachine", "vae-mnist",
      ])
    #expect(try Recipe.named("lenet").title == "LeNet-5 on Fashion-MNIST")
    expectSentence("found \"lnet\"; did you mean lenet?") { _ = try Recipe.named("lnet") }
    expectSentence("found \"resnet18-imagenet\"; check the spelling") {
      _ = try Recipe.named("resnet18-imagenet")
    }
    expectSentence("found \"a?b\"") { _ = try Recipe.named("a\u{1b}b") }
    let long = String(repeating: "x", count: 100_000)
    expectSentence("…") { _ = try Recipe.named(long) }
  }

  @Test(arguments: Recipe.all.map(\.name)) func eachHasAResultAndASource(name: String) throws {
    let recipe = try Recipe.named(name)
    #expect(!recipe.expected.isEmpty)
    #expect(recipe.expected.allSatisfy { !$0.source.isEmpty })
    // The book has its model learn the text by heart.
    let part = name == "lstm-timemachine" ? "train_" : "test_"
    #expect(recipe.expected.contains { $0.metric.hasPrefix(part) })
    #expect(recipe.quick.epochs <= recipe.training.epochs)
    let counts = [
      "linear-regression": 3, "softmax-regression": 7850, "mlp": 203_530, "mlp-dropout": 269_322,
      "lenet-bn": 44_878, "maxout": 741_130, "resnet20-cifar10": 269_722,
      "nanogpt-shakespeare": 804_096, "lstm-timemachine": 300_060, "vae-mnist": 652_824,
    ]
    #expect(recipe.model(1).parameterCount == counts[name] ?? 61_706)
  }

  @Test func depthsAreChecked() throws {
    var training = Recipe.resNet20.training
    try training.set("depth", to: "32")
    #expect(try Recipe.resNet20.makeModel(training).parameterCount == 464_154)
    expectSentence("expected no depth for the recipe lenet, found 32") {
      _ = try Recipe.leNet.makeModel(training)
    }
    try training.set("depth", to: "21")
    expectSentence("expected a depth of 6n + 2, as 20, 32, 44, 56, 110, found 21") {
      _ = try Recipe.resNet20.makeModel(training)
    }
    expectSentence("expected depth to be a whole number") { try training.set("depth", to: "-2") }
    try training.set("depth", to: "none")
    #expect(try Recipe.resNet20.makeModel(training).parameterCount == 269_722)
  }

  @Test func expectations() {
    let band = Expectation.within(0.456...0.486, "train_loss", source: "x")
    #expect(band.isMet(by: 0.456) && band.isMet(by: 0.486))
    #expect(!band.isMet(by: 0.455) && !band.isMet(by: 0.487))
    #expect(!band.isMet(by: nil) && !band.isMet(by: .nan))
    let floor = Expectation.atLeast(0.778, "test_accuracy", source: "x")
    #expect(floor.isMet(by: 0.9) && !floor.isMet(by: 0.777) && !floor.isMet(by: .infinity))
    #expect(band.rangeText == "0.456 to 0.486" && floor.rangeText == "at least 0.778")
    #expect(Expectation.atMost(1.5e-4, "x", source: "").rangeText == "at most 0.00015")
  }

  /// The bands of the published runs must not be loosened by accident.
  @Test func leNetKeepsTheBooksNumbers() throws {
    let recipe = Recipe.leNet
    #expect(recipe.training.rate == 0.9 && recipe.training.batchSize == 256)
    #expect(recipe.training.epochs == 10 && recipe.training.optimizer == .sgd)
    #expect(
      recipe.expected.map(\.rangeText)
        == ["0.456 to 0.486", "0.815 to 0.83", "at least 0.778"])
  }

  @Test func numbersAreSet() throws {
    var training = Recipe.leNet.training
    for (key, value) in [
      ("optimizer", "adam"), ("rate", "1e-3"), ("momentum", "0.9"), ("weight-decay", "5e-4"),
      ("batch", "64"), ("epochs", "3"), ("seed", "18446744073709551615"), ("clip-norm", "1"),
      ("log-steps", "7"), ("checkpoint-steps", "50"),
      ("schedule", "cosine"),
    ] { try training.set(key, to: value) }
    #expect(training.optimizer == .adam && training.rate == 0.001 && training.momentum == 0.9)
    #expect(training.weightDecay == 5e-4 && training.batchSize == 64 && training.epochs == 3)
    #expect(training.seed == .max && training.clipNorm == 1 && training.logSteps == 7)
    #expect(training.checkpointSteps == 50)
    try training.set("clip-norm", to: "none")
    #expect(training.clipNorm == nil)
    for (key, value, part) in [
      ("rat", "1", "did you mean rate?"), ("rate", "fast", "found \"fast\""),
      ("rate", "nan", "rate"),
      ("rate", "-1", "rate"), ("batch", "0", "batch"), ("batch", "1e3", "batch"),
      ("epochs", "99999999999999999999", "epochs"), ("seed", "-1", "seed"),
      ("momentum", "1", "momentum"),
      ("optimizer", "lion", "sgd, adam"), ("schedule", "cosin", "square-root"),
      ("", "", "one of the keys"),
    ] {
      expectSentence(part) { try training.set(key, to: value) }
    }
    #expect(Set(Hyperparameters.keys.map(\.key)).count == 18)
  }
}
