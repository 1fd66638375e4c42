import HebbCore
import HebbIO
import HebbPlot
import HebbTraining

/// A study at work: its data and its folder, which holds `config.json`, `metrics.jsonl` and
/// `report.html`.
public final class StudyRun {
  /// What is run.
  public let study: Study
  /// Where the study leaves its files.
  public let folder: RunFolder
  /// What a person should know before it begins.
  public let notes: [String]

  private let options: RunOptions
  private let seed: UInt64
  private let data: LoadedData?

  /// Reads the data and makes the folder.
  ///
  /// - Throws: `DataError` if an option, the data or the folder will not do.
  public init(_ study: Study, _ options: RunOptions) throws {
    try options.check()
    guard options.settings.isEmpty, options.epochs == nil else {
      throw DataError(
        "expected no --epochs and no --set for the study \(study.name), found one; a study fixes "
          + "the numbers of its runs itself")
    }
    guard try options.trainingPrecision == .fp32 else {
      throw DataError(
        "expected the precision fp32 for the study \(study.name), found bf16; a study makes its own "
          + "runs")
    }
    self.study = study
    self.options = options
    seed = options.seed ?? 0
    let location = DataLocation.find(named: options.dataFolder)
    data = try study.data?.load(from: location, seed: seed)
    let configuration = JSONObject([
      ("hebb", .string(hebbVersion)), ("study", .string(study.name)),
      ("title", .string(study.title)), ("quick", .bool(options.isQuick)),
      ("seed", .string(String(seed))), ("data", (study.data?.name).map { .string($0) } ?? .null),
      ("data_origin", (data?.origin).map { .string($0) } ?? .null),
      ("threads", .integer(Hebb.threads)),
    ])
    let path = try options.output ?? RunName.fresh(for: study.name)
    folder = try RunFolder.create(at: path, configuration: configuration)
    notes = (data.map { ["data: \($0.origin)"] } ?? []) + ["run: \(folder.path)"]
  }

  /// Runs the study and writes its report.
  ///
  /// - Parameter show: Shows a line to a person.
  /// - Returns: What it has come to.
  /// - Throws: `StudyInterruption`, `DataError` if a file cannot be written, and what the study
  ///   throws.
  public func run(show: @escaping (String) -> Void = { _ in }) throws -> StudyResult {
    let start = ContinuousClock.now
    let notebook = StudyNotebook(seed: seed, isQuick: options.isQuick, data: data, show: show)
    try study.body(notebook)
    let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
    let log = try MetricsLog(path: folder.metricsPath)
    for metric in notebook.metrics {
      try log.append(
        JSONObject([
          ("kind", .string("result")), ("name", .string(metric.name)),
          ("value", .number(metric.value)),
        ]))
    }
    try log.synchronize()
    let result = StudyResult(run: self, metrics: notebook.metrics, seconds: seconds)
    try AtomicFile.write(report(notebook, result).html(), to: folder.reportPath)
    return result
  }

  private func report(_ notebook: StudyNotebook, _ result: StudyResult) -> HTMLReport {
    var page = HTMLReport(title: study.title, subtitle: data?.origin ?? "")
    let passed = result.checks.count(where: \.isMet)
    if !options.isQuick {
      page.cards.append(
        HTMLReport.Card("Expected results", "\(passed) of \(result.checks.count)", note: "reached"))
    }
    page.cards.append(HTMLReport.Card("Time", NumberFormat.duration(result.seconds)))
    page.sections = [
      HTMLReport.Section("Findings", lead: study.question, blocks: notebook.blocks),
      HTMLReport.Section(
        "Against the published numbers",
        blocks: [
          .table(
            HTMLReport.Table(
              columns: ["number", "found", "expected", "", "source"].map { .init($0) },
              rows: result.checks.map { check in
                [
                  check.expectation.metric,
                  check.value.map { NumberFormat.significant($0, digits: 5) } ?? "not measured",
                  check.expectation.rangeText, check.isMet ? "reached" : "missed",
                  check.expectation.source,
                ]
              }))
        ]),
    ]
    page.footer = "Written by Hebb."
    return page
  }
}

/// What a study has come to.
public struct StudyResult {
  /// The study with its folder.
  public let run: StudyRun
  /// The numbers found, in order.
  public let metrics: [ProgressState.Metric]
  /// The time that it took.
  public let seconds: Double

  /// Each expected result with the value found.
  public var checks: [ResultCheck] {
    run.study.expected.map { expectation in
      let value = metrics.last { $0.name == expectation.metric }?.value
      return (expectation, value, expectation.isMet(by: value))
    }
  }

  /// The numbers as one JSON object for scripts.
  public var json: JSONObject {
    var object = JSONObject([("study", .string(run.study.name))])
    for metric in metrics { object[metric.name] = .number(metric.value) }
    object["seconds"] = .number(seconds)
    object["run"] = .string(run.folder.path)
    object["report"] = .string(run.folder.reportPath)
    return object
  }
}

/// An expected result with the value found.
public typealias ResultCheck = (expectation: Expectation, value: Double?, isMet: Bool)
