import ArgumentParser
import Hebb

/// `hebb predict`: asks the model of a run.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Asks the model of a run about inputs.",
    discussion: """
      An input is a PNG picture (bright on black, scaled to fit), numbers with commas between, or an \
      example of the test set, as test:17.
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run"))
  var folder: String

  @Argument(help: "Pictures, numbers, or test:INDEX.")
  var inputs: [String]

  @Option(help: "The folder with the data; without it, that of the run.")
  var data: String?

  @Flag(help: "Take the checkpoint with the best result instead of the newest.")
  var best = false

  @Flag(help: "Print one JSON object for each input.")
  var json = false

  func run() throws {
    let trained = try TrainedModel(run: folder, dataFolder: data, isBest: best)
    for input in inputs {
      let prediction = try trained.predict(input)
      if json {
        Console.print(Self.object(prediction))
      } else {
        print(Self.line(prediction))
      }
    }
  }

  /// `test:17: Ankle boot 98.3 %, Sneaker 1.2 %, Sandal 0.5 % (is Ankle boot)`.
  static func line(_ prediction: TrainedModel.Prediction) -> String {
    let answer =
      prediction.classes.isEmpty
      ? prediction.outputs.map { NumberFormat.significant($0, digits: 6) }.joined(separator: ", ")
      : prediction.classes.prefix(3).map { "\($0.name) \(NumberFormat.percent($0.probability))" }
        .joined(separator: ", ")
    return "\(prediction.input): \(answer)" + (prediction.truth.map { " (is \($0))" } ?? "")
  }

  private static func object(_ prediction: TrainedModel.Prediction) -> JSONObject {
    var object = JSONObject([("input", .string(prediction.input))])
    if let best = prediction.classes.first {
      object["prediction"] = .string(best.name)
      object["probability"] = .number(best.probability)
      object["probabilities"] = .object(
        JSONObject(prediction.classes.map { ($0.name, .number($0.probability)) }))
    } else {
      object["outputs"] = .array(prediction.outputs.map { .number($0) })
    }
    if let truth = prediction.truth { object["truth"] = .string(truth) }
    return object
  }
}
