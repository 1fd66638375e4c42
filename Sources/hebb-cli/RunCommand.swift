import ArgumentParser
import Hebb

/// `hebb run`: the forward pass of a named model on arrays.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a model with given weights on arrays.",
    discussion: """
      For comparison with other frameworks: weights under PyTorch's names (safetensors, npz, or a \
      checkpoint .pt, .pth), inputs and outputs as .npz (or safetensors). hebb list models says what \
      each model reads and writes; its sizes are those of the weights.
      """)

  @Argument(help: "The name of the model.")
  var model: String

  @Option(help: "The file with the weights.")
  var weights: String

  @Option(help: "The file with the input arrays.")
  var input: String

  @Option(help: "The file for the output arrays.")
  var output: String

  @Option(help: "A JSON file with settings that the weights do not tell.")
  var config: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Whether missing and unused weights are errors; else they are listed.")
  var strict = true

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  func validate() throws { try ThreadCount.check(threads) }

  func run() throws {
    ThreadCount.apply(threads)
    let named = try ModelTable.model(named: model)
    try TensorFile.writableFormat(of: output)
    var settings = JSONObject()
    if let config {
      guard
        let object = try JSONValue(parsing: FileReading.text(of: config), name: config)
          .objectValue
      else {
        throw DataError(config, "expected a JSON object, found another value; check the file")
      }
      settings = object
    }
    let call = ModelCall(
      model: named.name, weights: try TensorFile.readWeights(weights), weightsName: weights,
      inputs: try TensorFile.read(input), inputsName: input, settings: settings, isStrict: strict)
    let result = try named.run(call)
    if let report = result.report, !report.isComplete { Console.warn(report.description) }
    try TensorFile.write(result.outputs, to: output)
    let sorted = result.outputs.sorted { $0.key < $1.key }
    Console.printTable(sorted.map { [$0.key, "\($0.value.type)"] })
  }
}
