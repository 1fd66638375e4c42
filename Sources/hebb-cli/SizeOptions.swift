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
    let limits: [Workload.Size: Int] = [
      .batch: 1_000_000, .size: 4096, .length: 65_536, .depth: 2000,
    ]
    for (size, value) in given {
      guard let limit = limits[size], !(1...limit).contains(value) else { continue }
      throw ValidationError("--\(size) must be 1 to \(limit), not \(value).")
    }
  }

  private var given: [(size: Workload.Size, value: Int)] {
    let all: [(Workload.Size, Int?)] = [
      (.batch, batch), (.size, size), (.length, length), (.depth, depth),
    ]
    return all.compactMap { size, value in value.map { (size, $0) } }
  }

  /// Whether anything is changed.
  var isEmpty: Bool { given.isEmpty }

  /// The sizes of a workload with these changes.
  ///
  /// - Throws: `DataError` where the workload has nothing of a kind that is to be changed.
  func applied(to workload: Workload) throws -> Workload.Sizes {
    for (size, _) in given where !workload.sizes.contains(size) {
      throw DataError(
        "the workload \(workload.name) has no \(size) to change; leave --\(size) out")
    }
    return Workload.Sizes(
      batch: batch ?? workload.batch, size: size, length: length, depth: depth)
  }

  /// As they stand on a command line.
  var arguments: [String] { given.flatMap { ["--\($0.size)", String($0.value)] } }
}
