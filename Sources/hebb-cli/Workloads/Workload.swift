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
  /// Makes model and data and returns a step that is computed when it returns.
  let make: @Sendable (Sizes) -> Steps

  /// What the command line may change.
  struct Sizes: Sendable {
    /// The examples in a step.
    var batch: Int
    /// The height and width of images; nil for the workload's own.
    var size: Int?
    /// The length of sequences; nil for the workload's own.
    var length: Int?
    /// The number of layers, where a model has several depths; nil for the workload's own.
    var depth: Int?
  }

  /// The steps of a workload, and what else is known about them afterwards.
  struct Steps {
    var step: () -> Void
    var facts: () -> [(String, JSONValue)] = { [] }
  }

  /// All workloads, a list for each family.
  static let all: [Workload] = classic + vision + engine

  static func named(_ name: String) throws -> Workload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw DataError(
      "expected one of the workloads \(all.map(\.name).joined(separator: ", ")), found \"\(name)\"; "
        + "check the spelling")
  }

  /// The line that the scripts for other frameworks print, and what only Hebb has.
  func object(_ measured: Measurement) -> JSONObject {
    func rounded(_ value: Double, _ digits: Int) -> JSONValue {
      .number(Double(NumberFormat.fixed(value, digits: digits)) ?? value)
    }
    var object = JSONObject([("workload", .string(name)), ("peer", .string("hebb"))])
    object["version"] = .string(hebbVersion)
    object["mode"] = .string("fp32")
    object["threads"] = .integer(Hebb.threads)
    // Microseconds matter where a step takes few of them.
    let digits = measured.median < 0.1 ? 5 : 3
    object["ms_per_step"] = rounded(measured.median, digits)
    object["min"] = rounded(measured.least, digits)
    object["max"] = rounded(measured.most, digits)
    object["steps"] = .integer(measured.count)
    object["samples_per_s"] = rounded(Double(batch) / measured.median * 1e3, 1)
    object["peak_rss_mb"] = .integer(PeakMemory.megabytes)
    object["warmup_s"] = rounded(measured.warmUpSeconds, 3)
    object["other_cpu"] = rounded(measured.otherProcessors, 2)
    object["plan_ms"] = rounded(measured.planMilliseconds, 3)
    for (key, value) in measured.facts { object[key] = value }
    return object
  }

  func text(_ measured: Measurement) -> String {
    let numbers = [measured.median, measured.least, measured.most].map {
      NumberFormat.significant($0, digits: 4)
    }
    return "\(name): \(numbers[0]) ms a step (\(numbers[1]) to \(numbers[2])), "
      + "\(NumberFormat.grouped(Int(Double(batch) / measured.median * 1e3))) samples/s, "
      + "peak \(PeakMemory.megabytes) MB"
      + measured.facts.map { ", \($0.0) \($0.1.text())" }.joined()
  }
}
