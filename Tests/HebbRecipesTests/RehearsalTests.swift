import HebbCPU
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

  /// The system `overfit-tiny` for the models that there are: eight pictures of clothes, all recognized
  /// with a loss below 0.001.
  @Test(arguments: ["lenet", "mlp", "softmax-regression"]) func fitsAFewExamples(name: String)
    throws
  {
    var options = RunOptions()
    options.settings = ["optimizer=adam", "rate=0.01", "momentum=0", "schedule=none"]
    let rehearsal = try Rehearsal(try Recipe.named(name), options)
    let fit = try rehearsal.fit(first: 8)
    #expect(fit.isFitted && fit.loss < 1e-3 && fit.accuracy == 1, "\(fit.text)")
  }
}
