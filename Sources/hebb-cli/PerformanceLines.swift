import Hebb

/// What was measured, of Hebb and of other frameworks: one line of JSON each.
struct PerformanceLines {
  /// A measurement.
  struct Line {
    let workload: String
    let peer: String
    let mode: String
    /// Sizes that are not the workload's own, as on the command line; empty for the others.
    let sizes: String
    private let object: JSONObject

    init?(_ object: JSONObject) {
      guard let workload = object["workload"]?.stringValue, let peer = object["peer"]?.stringValue
      else { return nil }
      self.workload = workload
      self.peer = peer
      mode = object["mode"]?.stringValue ?? ""
      sizes = object["sizes"]?.stringValue ?? ""
      self.object = object
    }

    func number(_ key: String) -> Double? {
      object[key]?.doubleValue.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    func text(_ key: String) -> String? { object[key]?.stringValue }

    /// Nil where the measurement failed.
    var milliseconds: Double? { number("ms_per_step").flatMap { $0 > 0 ? $0 : nil } }
    /// Whether other programs were running.
    var isDisturbed: Bool { (number("other_cpu") ?? 0) >= 0.1 }
    /// Whether arithmetic is less exact than that of the rest, and not to be compared with it.
    var isNarrow: Bool { ["bf16", "high", "medium"].contains { mode.hasPrefix($0) } }
  }

  private(set) var lines: [Line] = []
  /// 10⁹ operations and bytes a second of the machine.
  private(set) var peak: Double?
  private(set) var bandwidth: Double?

  /// Reads the lines of a file.
  ///
  /// - Throws: `DataError` if it cannot be read, or a line is no JSON object.
  init(path: String) throws {
    let text = try FileReading.text(of: path)
    for (number, row) in text.split(separator: "\n").enumerated() where !row.isEmpty {
      let value = try JSONValue(parsing: String(row), name: "\(path), line \(number + 1)")
      guard let object = value.objectValue else {
        throw DataError(path, "expected a JSON object on line \(number + 1), found something else")
      }
      if let line = Line(object) { lines.append(line) }
      if let found = object["peak_gflops"]?.doubleValue { peak = max(peak ?? 0, found) }
      if let found = object["bandwidth_gbps"]?.doubleValue {
        bandwidth = max(bandwidth ?? 0, found)
      }
    }
  }

  /// The workloads with their own sizes, in the order of Hebb's list.
  var workloads: [String] {
    Workload.all.map(\.name).filter { name in
      lines.contains { $0.workload == name && $0.sizes.isEmpty && $0.milliseconds != nil }
    }
  }

  /// The last measurement of Hebb, in full precision: the program changes.
  func hebb(_ workload: String, sizes: String = "") -> Line? {
    lines.last {
      $0.workload == workload && $0.peer == "hebb" && $0.sizes == sizes && !$0.isNarrow
        && $0.milliseconds != nil
    }
  }

  /// The measurements of other frameworks, the last one of each mode, as for Hebb: a machine is not as fast on every
  /// day. Undisturbed ones where there are any; the fastest mode first.
  func others(_ workload: String) -> [Line] {
    var best: [String: Line] = [:]
    for line in lines
    where line.workload == workload && line.peer != "hebb" && line.sizes.isEmpty
      && !line.isNarrow
    {
      let key = "\(line.peer) \(line.mode)"
      guard line.milliseconds != nil else { continue }
      if let other = best[key], line.isDisturbed, !other.isDisturbed { continue }
      best[key] = line
    }
    return best.values.sorted {
      ($0.milliseconds ?? 0, $0.peer, $0.mode) < ($1.milliseconds ?? 0, $1.peer, $1.mode)
    }
  }

  /// Hebb's measurements of a workload along one size: the number behind `option`.
  func growth(_ workload: String, _ option: String) -> [(x: Int, line: Line)] {
    var found: [Int: Line] = [:]
    for line in lines
    where line.workload == workload && line.peer == "hebb" && line.milliseconds != nil {
      let words = line.sizes.split(separator: " ")
      // A length comes with a batch of its own.
      guard option == "--length" || words.count == 2, let place = words.firstIndex(of: option[...]),
        place + 1 < words.count, let x = Int(words[place + 1])
      else { continue }
      found[x] = line
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
