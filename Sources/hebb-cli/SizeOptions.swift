import ArgumentParser
import Hebb

/// What the command line may change about a workload.
struct SizeOptions: ParsableArguments {
  @Option(help: "The examples in a batch; the workload's own without it.")
  var batch: Int?

  @Option(help: "The height and width of images, for workloads that have any.")
  var size: Int?

  @Option(help: "The length of sequences, for workloads that have any.")
  var length: Int?

  @Option(help: "The number of layers, for workloads with several depths.")
  var depth: Int?

  func validate() throws {
    func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
      guard let value, !range.contains(value) else { return }
      throw ValidationError(
        "--\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value).")
    }
    try check("batch", batch, 1...1_000_000)
    try check("size", size, 1...4096)
    try check("length", length, 1...65_536)
    try check("depth", depth, 1...2000)
  }

  /// Whether anything is changed.
  var isEmpty: Bool { batch == nil && size == nil && length == nil && depth == nil }

  func applied(to workload: Workload) -> Workload.Sizes {
    Workload.Sizes(
      ownBatch: workload.batch, batch: batch, size: size, length: length, depth: depth)
  }

  /// As they stand on a command line.
  var arguments: [String] {
    [("--batch", batch), ("--size", size), ("--length", length), ("--depth", depth)].flatMap {
      name, value in value.map { [name, String($0)] } ?? []
    }
  }
}
