import ArgumentParser
import Hebb

/// `hebb convert`: tensors from one format to another.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Converts files of tensors, such as weights.",
    discussion: """
      Reads safetensors, npz, npy and checkpoints of PyTorch (.pt, .pth, .th, .bin; nothing in them \
      is executed), writes safetensors, npz and npy. Of a checkpoint only the state_dict is taken, \
      where it has one. Tensors are renamed first and converted then.
      """)

  @Argument(help: ArgumentHelp("The file to read.", valueName: "in"))
  var input: String

  @Argument(help: ArgumentHelp("The file to write; its end tells the format.", valueName: "out"))
  var output: String

  @Option(help: "Element type of the real numbers: float32, float64, float16 or bfloat16.")
  var dtype: String?

  @Option(
    help: ArgumentHelp(
      "Replaces a beginning of names; may be repeated, the first that fits counts.",
      valueName: "from=to"))
  var rename: [String] = []

  @Flag(help: "Take all tensors of a checkpoint, also those of the optimizer.")
  var all = false

  func validate() throws {
    guard rename.allSatisfy({ $0.contains("=") }) else {
      throw ValidationError("--rename expects FROM=TO, as module.= to remove \"module.\"")
    }
    guard dtype == nil || target != nil else {
      throw ValidationError("--dtype expects float32, float64, float16 or bfloat16")
    }
  }

  private var target: DType? {
    DType.allCases.first { $0.description == dtype && $0.isFloatingPoint }
  }

  func run() throws {
    try TensorFile.writableFormat(of: output)
    guard !TensorFile.isSame(input, output) else {
      throw DataError(output, "expected another file than the input, found the same; rename one")
    }
    let read = all ? try TensorFile.read(input) : try TensorFile.readWeights(input)
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in read {
      let isReal = tensor.dtype.isFloatingPoint
      let converted = isReal ? target.map { tensor.cast(to: $0) } ?? tensor : tensor
      guard tensors.updateValue(converted, forKey: renamed(name)) == nil else {
        throw DataError(
          input,
          "expected different names, found \"\(renamed(name))\" twice after renaming; check --rename"
        )
      }
    }
    Tensor.evaluate(Array(tensors.values))
    try TensorFile.write(tensors, to: output)
    let sorted = tensors.sorted { $0.key < $1.key }
    Console.printTable(sorted.map { [Console.safe($0.key), "\($0.value.type)"] })
    let count = tensors.values.reduce(0) { $0 + $1.count }
    print("\(tensors.count) tensors, \(count) elements: \(output)")
  }

  private func renamed(_ name: String) -> String {
    for rule in rename {
      let parts = rule.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if name.hasPrefix(parts[0]) { return String(parts[1]) + name.dropFirst(parts[0].count) }
    }
    return name
  }
}
