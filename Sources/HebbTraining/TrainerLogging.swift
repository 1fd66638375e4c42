import HebbCore
import HebbIO

/// What a run has come to.
public struct TrainingSummary: Sendable, Hashable {
  /// The passes done.
  public var epochs: Int
  /// The steps done.
  public var steps: Int
  /// What was measured in the last pass, such as `train_loss` and `test_accuracy`.
  public var metrics: [ProgressState.Metric]
  /// Seconds that it took, with measuring and with earlier processes of a resumed run.
  public var seconds: Double
  /// Examples trained on in a second.
  public var samplesPerSecond: Double?

  /// The value of a measure; nil if there is none of that name.
  public subscript(name: String) -> Double? { metrics.first { $0.name == name }?.value }
}

extension Trainer {
  /// What the run has come to so far.
  public var summary: TrainingSummary {
    var reserved: Set = ["kind", "epoch", "step", "rate", "seconds", "samples_per_second"]
    for phase in TrainingPhase.allCases { reserved.insert("\(phase.rawValue)_seconds") }
    let members = epochs.last?.members ?? []
    let metrics = members.compactMap { key, value in
      reserved.contains(key) ? nil : value.doubleValue.map { ProgressState.Metric(key, $0) }
    }
    return TrainingSummary(
      epochs: position.epoch, steps: step, metrics: metrics, seconds: clock.totalSeconds,
      samplesPerSecond: clock.samplesPerSecond)
  }

  /// Adds a line about the steps since the last one.
  func logWindow() throws {
    guard meter.window.count > 0 else { return }
    var line = JSONObject([("kind", .string("step")), ("epoch", .integer(position.epoch + 1))])
    line["step"] = .integer(step)
    for (name, value) in meter.window.means { line[name] = .number(value) }
    line["rate"] = .number(optimizer.rate)
    if let gradientNorm { line["gradient_norm"] = .number(gradientNorm.item()) }
    line["seconds"] = .number(clock.totalSeconds)
    try log?.append(line)
    try addEvents(line, prefix: "train/")
    let loss = meter.window.mean("loss")
    meter.beginWindow()
    guard let loss, let warning = watch.observe(loss, rate: optimizer.rate) else { return }
    try note(warning)
  }

  /// Leaves a sentence in the log and before the eyes of a person.
  func note(_ sentence: String) throws {
    let line = JSONObject([
      ("kind", .string("note")), ("step", .integer(step)), ("text", .string(sentence)),
    ])
    try log?.append(line)
    try events?.add(text: sentence, tag: "notes", step: step)
    display?.print("step \(step): \(sentence)")
  }

  /// Adds the numbers of a line to the file for TensorBoard: `train/loss`, `epoch/test_loss`.
  private func addEvents(_ line: JSONObject, prefix: String) throws {
    guard let events else { return }
    for (key, value) in line.members where !["kind", "epoch", "step"].contains(key) {
      guard let number = value.doubleValue else { continue }
      try events.add(scalar: number, tag: prefix + key, step: step)
    }
  }

  /// Writes `metrics.csv`: the lines of `metrics.jsonl` as a table. What cannot be written is missing,
  /// which is no reason to lose a run.
  func writeTable() {
    guard let record, let lines = try? MetricsLog.read(record.folder.metricsPath) else { return }
    try? AtomicFile.write(MetricsTable(lines).text, to: record.folder.tablePath)
  }

  /// Adds a line about the pass that is over, and prints it.
  func logEpoch(_ metrics: [(String, Double)]) throws {
    var line = JSONObject([("kind", .string("epoch")), ("epoch", .integer(position.epoch))])
    line["step"] = .integer(step)
    for (name, value) in metrics { line[name] = .number(value) }
    line["rate"] = .number(optimizer.rate)
    line["seconds"] = .number(clock.totalSeconds)
    if let speed = clock.samplesPerSecond { line["samples_per_second"] = .number(speed) }
    for phase in TrainingPhase.allCases {
      line["\(phase.rawValue)_seconds"] = .number(timers[phase])
    }
    try log?.append(line)
    try addEvents(line, prefix: "epoch/")
    epochs.append(line)
    let texts = metrics.map { ProgressState.Metric($0.0, $0.1).text }
    let speed =
      clock.samplesPerSecond.map { ", \(NumberFormat.grouped(Int($0.rounded()))) samples/s" } ?? ""
    let time = NumberFormat.duration(clock.epochSeconds)
    display?.print(
      "epoch \(position.epoch)/\(settings.epochs): \(texts.joined(separator: ", ")) (\(time)\(speed))"
    )
  }
}
