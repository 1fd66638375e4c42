import HebbIO

extension Recipe {
  /// All recipes, the simplest first.
  public static var all: [Recipe] {
    [linearRegression, softmaxRegression, mlp, mlpDropout, leNet, leNetBatchNorm, maxout]
      + RateSchedule.ofTheBook.map(rateSchedule) + [resNet20, nanoGPT, lstmTimeMachine, vae]
  }

  /// The recipe of a name.
  ///
  /// - Throws: `DataError` that names the nearest one if there is none.
  public static func named(_ name: String) throws(DataError) -> Recipe {
    switch try Job.named(name) {
    case .recipe(let recipe): return recipe
    case .study(let study):
      throw DataError(
        "expected a recipe, found the study \(study.name); hebb train and hebb verify run it")
    }
  }
}

extension Study {
  /// All studies.
  public static var all: [Study] {
    [
      weightDecay, saitoTwoLayerNet, saitoOptimizers, saitoInitialization, saitoBatchNorm,
      saitoWeightDecay, saitoDropout, saitoRandomSearch, batchSize, normalizationSpeed, pretraining,
      products,
    ]
  }
}

/// What a command line can run by its name.
public enum Job: Sendable {
  /// One training run.
  case recipe(Recipe)
  /// Several that are compared.
  case study(Study)

  /// The recipe or study of a name.
  ///
  /// - Throws: `DataError` that names the nearest one if there is none.
  public static func named(_ name: String) throws(DataError) -> Job {
    if let recipe = Recipe.all.first(where: { $0.name == name }) { return .recipe(recipe) }
    if let study = Study.all.first(where: { $0.name == name }) { return .study(study) }
    let known = Recipe.all.map(\.name) + Study.all.map(\.name)
    throw DataError(
      "expected one of the recipes \(known.joined(separator: ", ")), found \(quoted(name))"
        + suggestion(for: name, among: known))
  }
}
