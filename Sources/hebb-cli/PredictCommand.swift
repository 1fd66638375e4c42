import ArgumentParser
import Hebb

/// `hebb predict`: asks the model of a run.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Asks the model of a run about inputs.",
    discussion: """
      An input is a PNG picture (bright on black, scaled to fit), numbers with commas between, or an \
      example of the test set, as test:17. A language model goes on with the input as a text. \
      A variational autoencoder makes the picture again, or draws one from a seed, as sample:17; it is \
      written into the folder predictions of the run.
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run"))
  var folder: String

  @Argument(help: "Pictures, numbers, beginnings of a text, or test:INDEX.")
  var inputs: [String]

  @Option(help: "The folder with the data; without it, that of the run.")
  var data: String?

  @Flag(help: "Take the checkpoint with the best result instead of the newest.")
  var best = false

  @Flag(help: "Print one JSON object for each input.")
  var json = false

  @Option(help: "Language models: how many characters are added.")
  var length = 300

  @Option(help: "Language models: what the scores are divided by; 0 takes the likeliest.")
  var temperature = 0.8

  @Option(help: "Language models: how many of the likeliest characters are chosen from.")
  var topK: Int?

  @Option(help: "Language models: what the choices are made from.")
  var seed: UInt64 = 0

  func validate() throws {
    guard (1...1_000_000).contains(length) else {
      throw ValidationError("--length must be 1 to 1000000.")
    }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature must be 0 or more.")
    }
    guard topK.map({ $0 >= 1 }) ?? true else { throw ValidationError("--top-k must be 1 or more.") }
  }

  func run() throws {
    let trained = try TrainedModel(run: folder, dataFolder: data, isBest: best)
    for input in inputs {
      if trained.writesText {
        try write(trained, after: input)
        continue
      }
      if trained.makesPictures {
        let picture = try trained.makePicture(input)
        if json {
          let members: [(String, JSONValue)] = [
            ("input", .string(input)), ("picture", .string(picture)),
          ]
          Console.print(JSONObject(members))
        } else {
          print("\(input): \(picture)")
        }
        continue
      }
      let prediction = try trained.predict(input)
      if json {
        Console.print(Self.object(prediction))
      } else {
        print(Self.line(prediction))
      }
    }
  }

  private func write(_ trained: TrainedModel, after beginning: String) throws {
    let sampling = TokenSampling(temperature: temperature, top: topK, seed: seed)
    let text = try trained.write(after: beginning, count: length, sampling)
    guard json else { return print(beginning + text) }
    Console.print(JSONObject([("input", .string(beginning)), ("text", .string(text))]))
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
