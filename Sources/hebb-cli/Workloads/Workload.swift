import Hebb

/// Something that is measured: steps that are made over and over.
struct Workload: Sendable {
  let name: String
  /// The examples in a step.
  let batch: Int
  /// Multiplications and additions of products and convolutions in a step of this batch, in units of
  /// 10⁹, as the list of the workloads for other frameworks counts them; nil where there are none.
  var gflop: Double?
  /// Bytes that a step has to move at least; nil where memory is not what limits it.
  var bytes: Int?
  /// How many of them it writes.
  var bytesWritten = 0
  /// Makes model and data and returns a step that is computed when it returns.
  let make: @Sendable (Sizes) throws -> Steps

  /// What the command line may change.
  final class Sizes {
    /// The examples in a step of the workload as it is.
    private let ownBatch: Int
    private let given: (batch: Int?, size: Int?, length: Int?, depth: Int?)
    private var isRead = (batch: false, size: false, length: false, depth: false)

    init(
      ownBatch: Int, batch: Int? = nil, size: Int? = nil, length: Int? = nil, depth: Int? = nil
    ) {
      self.ownBatch = ownBatch
      given = (batch, size, length, depth)
    }

    /// The examples in a step.
    var batch: Int {
      isRead.batch = true
      return given.batch ?? ownBatch
    }

    /// The height and width of images; nil for the workload's own.
    var size: Int? {
      isRead.size = true
      return given.size
    }

    /// The length of sequences; nil for the workload's own.
    var length: Int? {
      isRead.length = true
      return given.length
    }

    /// The number of layers, where a model has several depths; nil for the workload's own.
    var depth: Int? {
      isRead.depth = true
      return given.depth
    }

    /// The options that were given although the workload did not ask for them.
    var ignored: [String] {
      [
        given.batch != nil && !isRead.batch ? "--batch" : nil,
        given.size != nil && !isRead.size ? "--size" : nil,
        given.length != nil && !isRead.length ? "--length" : nil,
        given.depth != nil && !isRead.depth ? "--depth" : nil,
      ].compactMap(\.self)
    }
  }

  /// The steps for these sizes.
  ///
  /// - Throws: `DataError` where a size is given that the workload has not, or cannot have.
  func steps(_ sizes: Sizes) throws -> Steps {
    let steps = try make(sizes)
    if let option = sizes.ignored.first {
      throw DataError(
        "the workload \(name) has no \(option.dropFirst(2)) to change; leave \(option) out")
    }
    return steps
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
