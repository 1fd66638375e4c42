import HebbOptim
import HebbRecipes
import HebbTraining

/// What a run makes of its numbers, for a trainer that a test can stop.
enum SGDForTest {
  static func make(_ run: RecipeRun) -> any Optimizer { SGD(run.model, rate: run.training.rate) }

  static func settings(_ run: RecipeRun) -> TrainingSettings {
    var settings = TrainingSettings(
      epochs: run.training.epochs, batchSize: run.training.batchSize, seed: run.training.seed)
    settings.logSteps = run.training.logSteps
    return settings
  }
}
