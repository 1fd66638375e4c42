import HebbIO
import HebbTraining

/// What a command line can change about a recipe.
public struct RunOptions: Sendable {
  /// Whether the short form is run.
  public var isQuick = false
  /// The passes over the data; nil for the recipe's.
  public var epochs: Int?
  /// What all random numbers are made from; nil for the recipe's.
  public var seed: UInt64?
  /// Other numbers, as `key=value`.
  public var settings: [String] = []
  /// The folder with the data; nil to look where data usually lie.
  public var dataFolder: String?
  /// The folder of the run; nil for a new one in `runs`.
  public var output: String?
  /// Where to compute: `cpu`.
  public var device = "cpu"
  /// The arithmetic of training steps: `fp32` or `bf16`; nil for `fp32`, or what a run began with.
  public var precision: String?

  /// Whether a subset of the data will not do, because published results are of all of them.
  public var needsAllData = false

  /// Nothing changed.
  public init() {}

  /// The numbers of a recipe with these changes.
  ///
  /// - Throws: `DataError` if a key is not known or a value is out of range.
  func applied(to recipe: Recipe) throws(DataError) -> Hyperparameters {
    var training = recipe.training
    if isQuick { training.epochs = recipe.quick.epochs }
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw DataError(
          "expected key=value after --set, found \(quoted(setting)); write for example "
            + "--set rate=0.1")
      }
      try training.set(String(parts[0]), to: String(parts[1]))
    }
    if let epochs { try training.set("epochs", to: String(epochs)) }
    if let seed { training.seed = seed }
    return training
  }

  /// Whether somebody chose the number of passes.
  var choosesEpochs: Bool { epochs != nil || settings.contains { $0.hasPrefix("epochs=") } }

  /// Refuses what this version cannot do.
  ///
  /// - Throws: `DataError` that says what it can.
  func check() throws(DataError) {
    guard device == "cpu" else {
      throw DataError(
        "expected the device cpu, found \(quoted(device)); this version computes there")
    }
    _ = try trainingPrecision
  }

  /// The arithmetic of training steps.
  var trainingPrecision: TrainingPrecision {
    get throws(DataError) { try Self.precision(named: precision ?? "fp32") }
  }

  static func precision(named name: String) throws(DataError) -> TrainingPrecision {
    if let known = TrainingPrecision(rawValue: name) { return known }
    throw DataError(
      "expected the precision \(TrainingPrecision.names), found \(quoted(name)); bf16 trains with "
        + "products in bfloat16")
  }
}
