import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

/// Small data and models that train in milliseconds.
enum Samples {
  /// Points in three clusters, a pure function of the seed.
  static func clusters(_ count: Int, seed: UInt64 = 1) -> ArrayDataset {
    var generator = PhiloxGenerator(seed: seed)
    var (inputs, labels): ([Float], [Int64]) = ([], [])
    for _ in 0..<count {
      let label = generator.nextInteger(below: 3)
      labels.append(Int64(label))
      for axis in 0..<4 {
        let center = axis == label ? 2.0 : 0
        inputs.append(Float(center + generator.nextUniform() - 0.5))
      }
    }
    return ArrayDataset(
      inputs: Tensor(inputs, shape: [count, 4]), targets: Tensor(labels, shape: [count]))
  }

  static let objective = Classification(classNames: ["a", "b", "c"])

  /// A trainer of a small network on 104 examples, 13 steps a pass.
  static func trainer(
    epochs: Int = 4, kind: Kind = .adam, record: TrainingRecord? = nil, clipNorm: Double? = 0.5,
    checkpointSteps: Int? = nil, seed: UInt64 = 7, logSteps: Int = 5
  ) throws -> Trainer {
    let model = Network(seed: seed)
    let optimizer: any Optimizer =
      switch kind {
      case .adam: Adam(model, rate: 0.01)
      case .momentum: SGD(model, rate: 0.1, momentum: 0.9)
      case .plain: SGD(model, rate: 0.1)
      }
    var settings = TrainingSettings(epochs: epochs, batchSize: 8, seed: seed)
    settings.clipNorm = clipNorm
    settings.logSteps = logSteps
    settings.checkpointSteps = checkpointSteps
    if kind == .momentum { settings.schedule = Cosine(rate: 0.1, steps: 13 * epochs) }
    let trainer = try Trainer(
      model, optimizer, objective,
      data: TrainingData(training: clusters(104), test: clusters(40, seed: 2)), settings: settings,
      record: record)
    trainer.stopRequest = { nil }
    return trainer
  }

  enum Kind: CaseIterable, Sendable { case adam, momentum, plain }

  /// A place for a run in a folder that goes away.
  static func record(_ folder: TemporaryFolder, _ name: String = "run") throws -> TrainingRecord {
    let configuration = JSONObject([("recipe", .string("sample"))])
    let run = try RunFolder.create(at: folder.file(name), configuration: configuration)
    return TrainingRecord(folder: run, configuration: configuration)
  }
}

/// Two linear layers with dropout and normalization between, so that there is more state than
/// parameters.
final class Network: Layer {
  let fc1: Linear
  let bn1: BatchNorm
  let dropout: Dropout
  let fc2: Linear

  init(seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    fc1 = Linear(inputs: 4, outputs: 16, using: &random)
    bn1 = BatchNorm(channels: 16)
    dropout = Dropout(0.2, using: &random)
    fc2 = Linear(inputs: 16, outputs: 3, using: &random)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { fc2(dropout(relu(bn1(fc1(x))))) }
}

/// What a run has come to, bit for bit.
struct Fingerprint: Equatable {
  var state: [String: [UInt8]] = [:]
  var lines: [String] = []

  init(_ trainer: Trainer, _ record: TrainingRecord?) throws {
    for (name, tensor) in trainer.model.state() { state[name] = tensor.withBytes { Array($0) } }
    for (name, tensor) in trainer.optimizer.state() {
      state["optimizer/" + name] = tensor.withBytes { Array($0) }
    }
    guard let record else { return }
    lines = try MetricsLog.read(record.folder.metricsPath).map { line in
      var line = line
      line["seconds"] = nil
      line["samples_per_second"] = nil
      for phase in TrainingPhase.allCases { line["\(phase.rawValue)_seconds"] = nil }
      return JSONValue.object(line).text()
    }
  }
}

/// Checks that `body` throws an error whose sentence holds all of `parts`, and is one sentence.
func expectSentence(
  _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch {
    let sentence = "\(error)"
    for part in parts {
      #expect(sentence.contains(part), "\(sentence)", sourceLocation: sourceLocation)
    }
    #expect(!sentence.contains("\n"), "\(sentence)", sourceLocation: sourceLocation)
  }
}
