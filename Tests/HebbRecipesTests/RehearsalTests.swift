import HebbCPU
import HebbCore
import HebbNN
import HebbRecipes
import HebbTraining
import Testing

@Suite struct RehearsalTests {
  @Test func ratesAreFoundForARecipe() throws {
    let rehearsal = try Rehearsal(try Recipe.named("linear-regression"), RunOptions())
    let finder = try rehearsal.findRate()
    let rate = try #require(finder.steepest)
    #expect((1e-4...3).contains(rate), "suggested \(rate)")
    #expect(rehearsal.advice(finder).contains("--set rate="))
  }

  @Test func aDryRunSaysWhatABatchTakes() throws {
    let rehearsal = try Rehearsal(try Recipe.named("linear-regression"), RunOptions())
    let result = try rehearsal.dryRun()
    #expect(result.text.contains("inputs: float32[10, 2]") && result.text.contains("nothing was"))
    #expect(result.json["parameters"] == 3 && result.json["train_loss"]?.doubleValue != nil)
  }

  /// A part that draws random numbers in use is found before hours are spent on a training.
  @Test func aDryRunWarnsOfPartsThatAreNeverInUse() throws {
    let clean = try Rehearsal(try Recipe.named("linear-regression"), RunOptions()).dryRun()
    #expect(!clean.text.contains("warning"))
    let plain = try Recipe.named("linear-regression")
    let recipe = Recipe(
      name: "noisy", title: "noisy", model: { Noisy(seed: $0) }, data: plain.data,
      training: plain.training, quick: plain.quick, expected: [])
    let result = try Rehearsal(recipe, RunOptions()).dryRun()
    #expect(result.text.contains("warning: expected the same output for the same input"))
  }
}

/// A regression whose noise lies in a struct, where the switch to use does not find it.
private final class Noisy: Layer {
  struct Box { let noise: GaussianNoise }
  let linear: Linear
  let box: Box

  init(seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    linear = Linear(inputs: 2, outputs: 1, using: &random)
    box = Box(noise: GaussianNoise(0.1, using: &random))
  }

  func callAsFunction(_ x: Tensor) -> Tensor { box.noise(linear(x)) }
}
