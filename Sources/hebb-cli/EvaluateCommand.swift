import ArgumentParser
import Hebb

/// `hebb evaluate`: measures the model of a run on the test set.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures the model of a run on the test set.",
    discussion: "The last line on standard output is one JSON object.")

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run"))
  var folder: String

  @Option(help: "The folder with the data; without it, that of the run.")
  var data: String?

  @Flag(help: "Take the checkpoint with the best result instead of the newest.")
  var best = false

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  func validate() throws { try ThreadCount.check(threads) }

  func run() throws {
    ThreadCount.apply(threads)
    let trained = try TrainedModel(run: folder, dataFolder: data, isBest: best)
    let metrics = try trained.evaluate()
    print("\(trained.recipe.title), \(trained.checkpoint)")
    Console.printTable(metrics.map { [$0.text] })
    var object = JSONObject([("recipe", .string(trained.recipe.name))])
    object["checkpoint"] = .string(trained.checkpoint)
    object["step"] = .integer(trained.step)
    for metric in metrics { object[metric.name] = .number(metric.value) }
    Console.print(object)
  }
}
