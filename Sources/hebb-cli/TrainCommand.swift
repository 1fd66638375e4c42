import ArgumentParser
import Hebb

/// `hebb train`: trains a recipe, or goes on with a run.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a recipe and leaves a run folder with a report.",
    discussion: "The last line on standard output is one JSON object with the final metrics.")

  @Argument(help: "The recipe, as hebb list recipes names it; not needed with --resume.")
  var recipe: String?

  @OptionGroup var options: TrainingOptions

  @Option(help: "Go on with the run in this folder, or from this checkpoint of it.")
  var resume: String?

  @Flag(help: "Try rates in one short training; suggests one and leaves a chart.")
  var findRate = false

  @Option(
    help: ArgumentHelp(
      "Check that the model can fit the first N examples; trains nothing else.", valueName: "N"))
  var overfit: Int?

  @Flag(help: "Try one batch of training and test; shows shapes and memory and saves nothing.")
  var dryRun = false

  func validate() throws {
    let chosen = [findRate, overfit != nil, dryRun].count { $0 }
    if chosen > 1 || (chosen == 1 && resume != nil) {
      throw ValidationError("Use one of --find-rate, --overfit, --dry-run and --resume.")
    }
    if let overfit, overfit < 1 { throw ValidationError("--overfit must be 1 or more.") }
  }

  /// Tries things out instead of training, if that was asked for.
  private func rehearse(_ recipe: Recipe) throws -> Bool {
    guard findRate || dryRun || overfit != nil else { return false }
    let rehearsal = try Rehearsal(recipe, options.runOptions)
    print("\(recipe.title)\ndata: \(rehearsal.data.origin)")
    if dryRun {
      let result = try rehearsal.dryRun()
      print(result.text)
      Console.print(result.json)
    } else if let overfit {
      let result = try rehearsal.fit(first: overfit)
      print(result.text)
      Console.print(result.json)
      guard result.isFitted else {
        throw DataError(
          "expected the model to fit \(overfit) examples, found a loss of "
            + "\(NumberFormat.significant(result.loss)) after \(result.steps) steps; look at the rate "
            + "(--find-rate), the targets, and the gradients (--set histograms=10)")
      }
    } else {
      let finder = try rehearsal.findRate()
      let path = options.out ?? "\(recipe.name)-rates.svg"
      try AtomicFile.write(finder.chart.svg(width: 720, height: 420), to: path)
      print(finder.chart.terminal(width: 72, height: 14, color: false))
      print(rehearsal.advice(finder))
      Console.print(rehearsal.json(finder, chart: path))
    }
    return true
  }

  func run() throws {
    try options.setThreads()
    if resume == nil, let recipe, case .study(let study) = try Job.named(recipe) {
      let result = try options.run(study)
      print("report: \(result.run.folder.reportPath)")
      Console.print(result.json)
      return
    }
    let known = try recipe.map { (name) throws in try Recipe.named(name) }
    let run: RecipeRun
    if let resume {
      run = try RecipeRun.resume(resume, recipe: known, options.runOptions)
      // The same number of threads gives the same bits.
      if options.threads == nil { ThreadCount.apply(run.threads) }
    } else if let known {
      if try rehearse(known) { return }
      run = try RecipeRun.start(known, options.runOptions)
    } else {
      throw ValidationError("Name a recipe, as hebb list recipes does, or a run with --resume.")
    }
    let result = try options.train(run)
    print("report: \(run.folder.reportPath)")
    Console.print(result.json)
  }
}

/// The options that `train` and `verify` share.
struct TrainingOptions: ParsableArguments {
  @Flag(help: "The short form, which ends within two minutes.")
  var quick = false

  @Option(help: "Passes over the data.")
  var epochs: Int?

  @Option(help: "What all random numbers are made from.")
  var seed: UInt64?

  @Option(
    help: "The folder with the data; without it, shared/data and ../shared/data are looked for.")
  var data: String?

  @Option(help: "The folder of the run, new or empty; without it, a new one in runs.")
  var out: String?

  @Option(help: "Where to compute: cpu.")
  var device = "cpu"

  @Option(
    help:
      "The arithmetic of training steps: fp32, or bf16 with products in bfloat16 (default: fp32).")
  var precision: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Another number of the recipe, such as rate=0.1; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    help: ArgumentHelp(
      "Look at activations and gradients every N steps; for TensorBoard, and finds dead layers.",
      valueName: "N"))
  var histograms: Int?

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  var runOptions: RunOptions {
    var options = RunOptions()
    options.isQuick = quick
    options.epochs = epochs
    options.seed = seed
    options.settings = settings + (histograms.map { ["histograms=\($0)"] } ?? [])
    options.dataFolder = data
    options.output = out
    options.device = device
    options.precision = precision
    return options
  }

  func validate() throws {
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be 1 or more.") }
    try ThreadCount.check(threads)
  }

  func setThreads() throws { ThreadCount.apply(threads) }

  /// Runs a study with everything that a person at a terminal expects.
  func run(_ study: Study) throws -> StudyResult {
    StopSignals.install()
    let display = ProgressDisplay()
    let run = try StudyRun(study, runOptions)
    display.print(study.title)
    for note in run.notes { display.print(note) }
    return try run.run { display.print($0) }
  }

  /// Trains with everything that a person at a terminal expects.
  func train(_ run: RecipeRun) throws -> RunResult {
    StopSignals.install()
    let display = ProgressDisplay()
    display.print(run.recipe.title)
    for note in run.notes { display.print(note) }
    let parameters = NumberFormat.count(run.model.parameterCount, "parameter")
    let threads = NumberFormat.count(Hebb.threads, "thread")
    display.print("model: \(parameters); run: \(run.folder.path); \(threads)")
    return try run.train(display: display)
  }
}

/// The option `--threads`.
enum ThreadCount {
  static func check(_ threads: Int?) throws {
    guard let threads, !(1...1024).contains(threads) else { return }
    throw ValidationError("--threads must be 1 to 1024.")
  }

  static func apply(_ threads: Int?) {
    if let threads { Hebb.threads = threads }
  }
}
