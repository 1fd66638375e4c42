import HebbIO
import HebbNN
import HebbOptim
import HebbTraining

/// The numbers of a training run.
public struct Hyperparameters: Sendable, Hashable {
  /// What moves the parameters.
  public enum OptimizerKind: String, Sendable, Hashable, CaseIterable {
    /// Stochastic gradient descent.
    case sgd
    /// Adam.
    case adam
    /// Adam with decay of the matrices apart from the gradient; vectors do not decay.
    case adamW = "adamw"
  }

  /// What moves the parameters.
  public var optimizer: OptimizerKind
  /// The learning rate.
  public var rate: Double
  /// The momentum of stochastic gradient descent.
  public var momentum = 0.0
  /// The factor of the L2 penalty; of adamw, the decay of matrices relative to the rate.
  public var weightDecay = 0.0
  /// How slowly Adam's mean of squares forgets.
  public var beta2 = 0.999
  /// The number of examples in a step.
  public var batchSize: Int
  /// The number of passes over the data.
  public var epochs: Int
  /// What all random numbers are made from.
  public var seed: UInt64 = 0
  /// The largest norm of the gradients taken together; nil does not limit it.
  public var clipNorm: Double?
  /// The largest magnitude of an element of the gradients; nil does not limit it.
  public var clipValue: Double?
  /// How many batches make a step.
  public var accumulation = 1
  /// How slowly the moving average of the parameters follows them; nil for no average.
  public var averageDecay: Double?
  /// After how many passes without improvement training stops; nil for never.
  public var patience: Int?
  /// After how many steps activations and gradients are inspected; nil for never.
  public var histogramSteps: Int?
  /// How the rate changes; nil keeps it.
  public var schedule: RateSchedule?
  /// The number of layers, of a network that has several depths; nil for the recipe's.
  public var depth: Int?
  /// After how many steps metrics are read and logged.
  public var logSteps = 50
  /// After how many steps a checkpoint is saved, besides at the end of each pass.
  public var checkpointSteps: Int?

  /// The numbers of a training run; the rest is as documented.
  ///
  /// - Parameters:
  ///   - optimizer: What moves the parameters.
  ///   - rate: The learning rate.
  ///   - batchSize: The number of examples in a step.
  ///   - epochs: The number of passes over the data.
  public init(optimizer: OptimizerKind, rate: Double, batchSize: Int, epochs: Int) {
    self.optimizer = optimizer
    self.rate = rate
    self.batchSize = batchSize
    self.epochs = epochs
  }

  /// The keys that `set` knows, with what they mean.
  public static let keys: [(key: String, meaning: String)] = [
    ("optimizer", OptimizerKind.allCases.map(\.rawValue).joined(separator: " or ")),
    ("rate", "the learning rate"),
    ("momentum", "the momentum of sgd"),
    ("weight-decay", "the factor of the L2 penalty"),
    ("beta2", "how slowly the mean of squares of adam and adamw forgets"),
    ("batch", "the examples in a step"),
    ("epochs", "the passes over the data"),
    ("seed", "what all random numbers are made from"),
    ("schedule", "how the rate changes: \(RateSchedule.names)"),
    ("clip-norm", "the largest norm of the gradients, or none"),
    ("clip-value", "the largest magnitude of an element of the gradients, or none"),
    ("accumulation", "the batches of a step"),
    ("average", "the decay of the averaged weights, such as 0.999, or none"),
    ("patience", "the passes without improvement after which training stops, or none"),
    ("histograms", "the steps between histograms of activations and gradients, or none"),
    ("depth", "the layers of a network that has several depths, or none for the recipe's"),
    ("log-steps", "the steps between log lines"),
    ("checkpoint-steps", "the steps between checkpoints, or none"),
  ]

  /// Changes one number.
  ///
  /// - Parameters:
  ///   - key: One of `keys`.
  ///   - text: The value as somebody typed it.
  /// - Throws: `DataError` if there is no such key, or the value is not of its kind.
  public mutating func set(_ key: String, to text: String) throws(DataError) {
    switch key {
    case "optimizer":
      guard let kind = OptimizerKind(rawValue: text) else {
        let known = OptimizerKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw DataError("expected optimizer to be one of \(known), found \(quoted(text))")
      }
      optimizer = kind
    case "rate": rate = try number(key, text) { $0 > 0 }
    case "momentum": momentum = try number(key, text) { $0 >= 0 && $0 < 1 }
    case "weight-decay": weightDecay = try number(key, text) { $0 >= 0 }
    case "beta2": beta2 = try number(key, text) { $0 >= 0 && $0 < 1 }
    case "batch": batchSize = try count(key, text)
    case "epochs": epochs = try count(key, text)
    case "seed":
      guard let value = UInt64(text) else {
        throw DataError("expected seed to be a whole number, 0 or more, found \(quoted(text))")
      }
      seed = value
    case "schedule":
      guard text == "none" || RateSchedule(rawValue: text) != nil else {
        throw DataError(
          "expected schedule to be one of \(RateSchedule.names), found \(quoted(text))")
      }
      schedule = RateSchedule(rawValue: text)
    case "clip-norm": clipNorm = text == "none" ? nil : try number(key, text) { $0 > 0 }
    case "clip-value": clipValue = text == "none" ? nil : try number(key, text) { $0 > 0 }
    case "accumulation": accumulation = try count(key, text)
    case "average":
      averageDecay = text == "none" ? nil : try number(key, text) { $0 >= 0 && $0 < 1 }
    case "patience": patience = text == "none" ? nil : try count(key, text)
    case "histograms": histogramSteps = text == "none" ? nil : try count(key, text)
    case "depth": depth = text == "none" ? nil : try count(key, text)
    case "log-steps": logSteps = try count(key, text)
    case "checkpoint-steps": checkpointSteps = text == "none" ? nil : try count(key, text)
    default:
      let known = Self.keys.map(\.key)
      throw DataError(
        "expected one of the keys \(known.joined(separator: ", ")), found \(quoted(key))"
          + suggestion(for: key, among: known))
    }
  }

  private func number(
    _ key: String, _ text: String, _ isFine: (Double) -> Bool
  ) throws(DataError) -> Double {
    if let value = Double(text), value.isFinite, isFine(value) { return value }
    throw DataError("expected \(key) to be a number in its range, found \(quoted(text))")
  }

  private func count(_ key: String, _ text: String) throws(DataError) -> Int {
    if let value = Int(text), (1...1_000_000_000).contains(value) { return value }
    throw DataError("expected \(key) to be a whole number, 1 or more, found \(quoted(text))")
  }
}

extension Hyperparameters {
  /// The optimizer for a model.
  package func makeOptimizer(_ model: any Layer) -> any Optimizer {
    switch optimizer {
    case .sgd: SGD(model, rate: rate, momentum: momentum, weightDecay: weightDecay)
    case .adam: Adam(model, rate: rate, beta2: beta2, weightDecay: weightDecay)
    case .adamW: makeAdamW(model)
    }
  }

  private func makeAdamW(_ model: any Layer) -> any Optimizer {
    let optimizer = AdamW(model, rate: rate, beta2: beta2, weightDecay: weightDecay)
    let vectors = Set(model.namedParameters().filter { ($0.box.tensor?.rank ?? 0) < 2 }.map(\.name))
    optimizer.groups = [ParameterGroup(weightDecay: 0) { vectors.contains($0) }]
    return optimizer
  }

  /// What a trainer needs to know.
  package func settings(stepsPerEpoch: Int) -> TrainingSettings {
    var settings = TrainingSettings(epochs: epochs, batchSize: batchSize, seed: seed)
    settings.schedule = schedule?.schedule(
      rate: rate, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
    settings.clipNorm = clipNorm
    settings.clipValue = clipValue
    settings.accumulation = accumulation
    settings.averageDecay = averageDecay
    settings.patience = patience
    settings.inspectionSteps = histogramSteps
    settings.logSteps = logSteps
    settings.checkpointSteps = checkpointSteps
    return settings
  }

  /// The numbers as they stand in `config.json`.
  var json: JSONObject {
    func text(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .string("none") }
    func text(_ count: Int?) -> JSONValue { count.map { .integer($0) } ?? .string("none") }
    var json = JSONObject()
    json["optimizer"] = .string(optimizer.rawValue)
    json["rate"] = .number(rate)
    json["momentum"] = .number(momentum)
    json["weight-decay"] = .number(weightDecay)
    if beta2 != 0.999 { json["beta2"] = .number(beta2) }
    json["batch"] = .integer(batchSize)
    json["epochs"] = .integer(epochs)
    json["seed"] = .string(String(seed))
    json["schedule"] = .string(schedule?.rawValue ?? "none")
    json["clip-norm"] = text(clipNorm)
    json["clip-value"] = text(clipValue)
    json["accumulation"] = .integer(accumulation)
    json["average"] = text(averageDecay)
    json["patience"] = text(patience)
    json["histograms"] = text(histogramSteps)
    if let depth { json["depth"] = .integer(depth) }
    json["log-steps"] = .integer(logSteps)
    json["checkpoint-steps"] = text(checkpointSteps)
    return json
  }

  /// Takes over what `json` wrote.
  mutating func take(_ json: JSONObject) throws(DataError) {
    for (key, value) in json.members {
      try set(key, to: value.stringValue ?? value.text())
    }
  }
}

/// A text in quotation marks, cut off where it is long, safe to print.
func quoted(_ text: String) -> String {
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == 80 { return "\"\(result)…\"" }
    result += scalar.properties.generalCategory == .control ? "?" : String(scalar)
  }
  return "\"\(result)\""
}

/// "; did you mean ...?" where a known name is near to a wrong one, else what to do.
func suggestion(for name: String, among known: [String]) -> String {
  let near = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
  guard let near, near.1 <= max(2, name.count / 3) else { return "; check the spelling" }
  return "; did you mean \(near.0)?"
}

/// The number of letters to insert, remove or change (Levenshtein), of texts up to 64 letters.
private func distance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.lowercased().prefix(64)), Array(b.lowercased().prefix(64)))
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let changed = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
