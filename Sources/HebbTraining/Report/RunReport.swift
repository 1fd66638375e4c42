import HebbCore
import HebbIO
import HebbNN
import HebbPlot

/// What `report.html` shows of a run: key numbers, curves, predictions, confusion matrix, worst
/// mistakes, model and machine.
public struct RunReport {
  /// The heading, such as "LeNet on Fashion-MNIST".
  public var title: String
  /// A line below the heading.
  public var subtitle = ""
  /// What the run has come to.
  public var summary: TrainingSummary
  /// The lines of `metrics.jsonl`.
  public var lines: [JSONObject]
  /// What is trained.
  public var model: any Layer
  /// What the classes are called; empty where there are none.
  public var classNames: [String] = []
  /// How the model did on each test example; nil where that was not measured.
  public var details: ClassificationDetails?
  /// The test examples that `details` is about.
  public var test: AnyDataset?
  /// Parts between the curves and the table of the model.
  public var sections: [HTMLReport.Section] = []
  /// Numbers to compare with, `name: (value, label)`, drawn into the curves.
  public var guides: [(metric: String, value: Double, label: String)] = []
  /// Names and values about the run, such as the seed.
  public var facts: [(name: String, value: String)] = []

  /// A report of a run.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - summary: What the run has come to.
  ///   - lines: The lines of `metrics.jsonl`.
  ///   - model: What is trained.
  public init(title: String, summary: TrainingSummary, lines: [JSONObject], model: any Layer) {
    self.title = title
    self.summary = summary
    self.lines = lines
    self.model = model
  }

  /// Writes the page, all or nothing.
  ///
  /// - Throws: `DataError` if it cannot be written, and what reading the test examples throws.
  public func write(to path: String) throws { try AtomicFile.write(page().html(), to: path) }

  /// The page.
  ///
  /// - Throws: What reading the test examples throws.
  func page() throws -> HTMLReport {
    var page = HTMLReport(title: title, subtitle: subtitle)
    page.cards = cards
    page.sections = [HTMLReport.Section("Training", blocks: curves)]
    if !notes.isEmpty { page.sections.append(HTMLReport.Section("Notes", blocks: notes)) }
    if let details {
      if let examples = try examples(details) { page.sections.append(examples) }
      page.sections.append(try mistakes(details))
    }
    page.sections += sections
    page.sections.append(HTMLReport.Section("Model", blocks: [parameterTable]))
    if !times.isEmpty { page.sections.append(HTMLReport.Section("Time", blocks: times)) }
    page.sections.append(HTMLReport.Section("Run", blocks: [.facts(allFacts)]))
    page.footer = "Written by Hebb."
    return page
  }

  private var cards: [HTMLReport.Card] {
    // What was measured on new data comes first.
    let tested = summary.metrics.filter { !$0.name.hasPrefix("train_") }
    let trained = summary.metrics.filter { $0.name.hasPrefix("train_") }
    let epochs = NumberFormat.count(summary.epochs, "epoch")
    var cards = (tested.reversed() + trained.reversed()).prefix(4).map { metric in
      let words = metric.name.replacing("_", with: " ")
      return HTMLReport.Card(
        words.prefix(1).uppercased() + words.dropFirst(), Self.number(metric),
        note: "after \(epochs)")
    }
    cards.append(HTMLReport.Card("Parameters", NumberFormat.grouped(model.parameterCount)))
    let speed = summary.samplesPerSecond.map {
      "\(NumberFormat.grouped(Int($0.rounded()))) samples/s"
    }
    cards.append(
      HTMLReport.Card("Time", NumberFormat.duration(summary.seconds), note: speed ?? ""))
    return cards
  }

  private static func number(_ metric: ProgressState.Metric) -> String {
    metric.name.hasSuffix("accuracy")
      ? NumberFormat.percent(metric.value) : NumberFormat.significant(metric.value)
  }

  // MARK: - Curves

  private var curves: [HTMLReport.Block] {
    let epochLines = lines.filter { $0["kind"]?.stringValue == "epoch" }
    let stepLines = lines.filter { $0["kind"]?.stringValue == "step" }
    let measures = epochLines.last?.keys.compactMap { key -> String? in
      guard key.hasPrefix("train_") else { return nil }
      return String(key.dropFirst("train_".count))
    }
    let charts = (measures ?? []).map { measure -> LineChart in
      var series: [Series] = []
      for part in ["train", "test"] {
        let points = Self.points(epochLines, x: "epoch", y: "\(part)_\(measure)")
        if !points.isEmpty { series.append(Series(part, points: points)) }
      }
      var chart = LineChart(
        title: measure.prefix(1).uppercased() + measure.dropFirst(), xLabel: "epoch",
        yLabel: measure, yScale: Self.scale(of: series), series: series)
      chart.guides = guides.filter { $0.metric.hasSuffix("_\(measure)") }.map {
        LineChart.Guide(y: $0.value, label: $0.label)
      }
      return chart
    }
    var blocks: [HTMLReport.Block] = charts.isEmpty ? [] : [.charts(charts)]
    let steps = Self.points(stepLines, x: "step", y: "loss")
    if steps.count > 1 {
      let series = Series("loss", points: steps)
      let chart = LineChart(
        title: "Loss during training", xLabel: "step", yLabel: "loss",
        yScale: Self.scale(of: [series]), series: [series])
      blocks.append(.chart(chart, caption: "Each point is the mean since the point before."))
    }
    let others = [
      ("gradient_norm", "Norm of the gradients", "norm"), ("rate", "Learning rate", "rate"),
    ].compactMap { key, title, label -> LineChart? in
      let points = Self.points(stepLines, x: "step", y: key)
      // A rate that never changes is a fact, not a curve.
      guard Set(points.map(\.y)).count > 1 else { return nil }
      let series = Series(label, points: points)
      return LineChart(
        title: title, xLabel: "step", yLabel: label, yScale: Self.scale(of: [series]),
        series: [series])
    }
    // Side by side where there are two; one alone would be drawn larger than its neighbors.
    if others.count == 1 { blocks.append(.chart(others[0])) }
    if others.count > 1 { blocks.append(.charts(others)) }
    return blocks
  }

  /// What was said during training: jumps of the loss, dead layers.
  private var notes: [HTMLReport.Block] {
    let rows = lines.filter { $0["kind"]?.stringValue == "note" }.suffix(20).map { line in
      ["\(line["step"]?.integerValue ?? 0)", line["text"]?.stringValue ?? ""]
    }
    return rows.isEmpty ? [] : [.table(HTMLReport.Table(["Step", "Note"], rows: rows))]
  }

  /// Where the time went.
  private var times: [HTMLReport.Block] {
    guard let line = lines.last(where: { $0["kind"]?.stringValue == "epoch" }) else { return [] }
    let seconds = TrainingPhase.allCases.compactMap { phase in
      line["\(phase.rawValue)_seconds"]?.doubleValue.map { (phase, $0) }
    }
    let total = seconds.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return [] }
    let names: [TrainingPhase: String] = [
      .data: "Reading data", .step: "Steps", .evaluation: "Measuring", .checkpoint: "Checkpoints",
    ]
    let rows = seconds.map { phase, value in
      [
        names[phase] ?? phase.rawValue, NumberFormat.duration(value),
        NumberFormat.percent(value / total),
      ]
    }
    return [.table(HTMLReport.Table(["Phase", "Time", "Share"], rows: rows))]
  }

  private static func points(_ lines: [JSONObject], x: String, y: String) -> [Series.Point] {
    lines.compactMap { line in
      guard let x = line[x]?.doubleValue, let y = line[y]?.doubleValue else { return nil }
      return Series.Point(x, y)
    }
  }

  /// Logarithmic where values differ by more than a factor of 100.
  private static func scale(of series: [Series]) -> AxisScale {
    let values = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    guard let low = values.min(), let high = values.max(), low > 0, high / low > 100 else {
      return .linear
    }
    return .logarithmic
  }

  // MARK: - Examples and mistakes

  /// The model at work: the first test examples with what it takes them for; nil if they are no
  /// pictures.
  private func examples(_ details: ClassificationDetails) throws -> HTMLReport.Section? {
    let pictures = try details.first.compactMap { judgment -> ImageGrid.Item? in
      var picture = try picture(of: judgment)
      if !judgment.isRight { picture?.caption += " (wrong)" }
      return picture
    }
    guard !pictures.isEmpty else { return nil }
    let right = details.first.count(where: \.isRight)
    return HTMLReport.Section(
      "Predictions",
      lead: "The first examples of the test and what the model takes them for: \(right) of "
        + "\(details.first.count) are right.",
      blocks: [.images(ImageGrid(title: "First examples", items: pictures))])
  }

  private func mistakes(_ details: ClassificationDetails) throws -> HTMLReport.Section {
    let matrix = ConfusionMatrix(
      title: "Confusion matrix of the test set", labels: classNames,
      counts: details.confusion.rows)
    var blocks: [HTMLReport.Block] = [.chart(matrix)]
    let pictures = try details.worst.compactMap { try picture(of: $0) }
    if !pictures.isEmpty {
      blocks.append(.images(ImageGrid(title: "Worst mistakes", items: pictures)))
    }
    return HTMLReport.Section(
      "Mistakes",
      lead: "What the model takes for what, and the test examples whose true class it finds least "
        + "likely.",
      blocks: blocks)
  }

  /// The example as picture, if it is one.
  private func picture(of judgment: ClassificationDetails.Judgment) throws -> ImageGrid.Item? {
    guard let test else { return nil }
    let input = try test.batch(at: [judgment.index]).inputs
    guard input.rank == 4, let channels = PixelImage.Channels(rawValue: input.shape[1]),
      (1...PixelImage.maximumSide).contains(input.shape[2]),
      (1...PixelImage.maximumSide).contains(input.shape[3])
    else { return nil }
    let image = PixelImage(
      planes: input.floats(), width: input.shape[3], height: input.shape[2], channels: channels)
    let share = NumberFormat.percent(judgment.probability)
    return ImageGrid.Item(
      image: image,
      caption: "true: \(classNames[judgment.truth])\n"
        + "predicted: \(classNames[judgment.prediction]), \(share)")
  }

  // MARK: - Model and run

  private var parameterTable: HTMLReport.Block {
    var rows = model.namedParameters().compactMap { name, box in
      box.tensor.map { [name, "\($0.shape)", NumberFormat.grouped($0.count)] }
    }
    rows.append(["all", "", NumberFormat.grouped(model.parameterCount)])
    return .table(HTMLReport.Table(["Parameter", "Shape", "Numbers"], rows: rows))
  }

  private var allFacts: [HTMLReport.Fact] {
    let machine = Machine.current
    var facts = facts.map { HTMLReport.Fact($0.name, $0.value) }
    facts.append(HTMLReport.Fact("Steps", NumberFormat.grouped(summary.steps)))
    facts.append(HTMLReport.Fact("Machine", machine.summary))
    facts.append(HTMLReport.Fact("System", machine.system))
    facts.append(HTMLReport.Fact("Backend", Hebb.backendName))
    facts.append(HTMLReport.Fact("Threads", "\(Hebb.threads)"))
    return facts
  }
}
