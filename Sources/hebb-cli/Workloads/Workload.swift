import Hebb

/// Something that is measured: steps that are made over and over.
struct Workload: Sendable {
  let name: String
  /// The examples in a step.
  let batch: Int
  /// What the command line may change.
  var sizes: Set<Size> = [.batch]
  /// Multiplications and additions of products and convolutions in a step of this batch, in units of
  /// 10⁹, as the list of the workloads for other frameworks counts them; nil where there are none.
  var gflop: Double?
  /// Bytes that a step has to move at least; nil where memory is not what limits it.
  var bytes: Int?
  /// How many of them it writes.
  var bytesWritten = 0
  /// Makes model and data and returns a step that is computed when it returns.
  let make: @Sendable (Sizes) throws -> Steps

  /// What the command line may change of some workloads.
  enum Size: String, CaseIterable {
    case batch, size, length, depth
  }

  /// What was chosen for a run.
  struct Sizes {
    /// The examples in a step.
    var batch: Int
    /// The height and width of images; nil for the workload's own.
    var size: Int?
    /// The length of sequences; nil for the workload's own.
    var length: Int?
    /// The number of layers; nil for the workload's own.
    var depth: Int?
  }

  /// The steps of a workload, and what else is known about them afterwards.
  struct Steps {
    var step: () -> Void
    var facts: () -> [(String, JSONValue)] = { [] }
  }

  /// All workloads, a list for each family.
  static let all: [Workload] =
    classic + vision + recurrent + generative + text + elementwise + engine

  static func named(_ name: String) throws -> Workload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw DataError(
      "expected one of the workloads \(all.map(\.name).joined(separator: ", ")), found \"\(name)\"; "
        + "check the spelling")
  }
}

extension Set<Workload.Size> {
  /// What models that read sequences may have.
  static let sequences: Set = [.batch, .length, .depth]
}
