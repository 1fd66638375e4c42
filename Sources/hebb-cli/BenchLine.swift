import Hebb

/// What `hebb bench` prints for a workload.
struct BenchLine {
  let workload: Workload
  let measured: Measurement
  let batch: Int
  let mode: String
  let precision: String
  /// Whether sizes are not the workload's own, with what stands for them on the command line.
  let sizes: [String]
  /// 10⁹ additions and multiplications a second of the machine's matrix product, if it is known.
  let peak: Double?
  /// 10⁹ bytes a second that the machine moves in this proportion of reading and writing.
  let bandwidth: Double?

  /// Of a step, in units of 10⁹.
  private var gflop: Double? {
    let counted = measured.countedGflop
    return sizes.isEmpty ? workload.gflop : counted > 0 ? counted : nil
  }

  private var gigaflops: Double? { gflop.map { $0 / measured.median * 1e3 } }
  private var gigabytes: Double? {
    sizes.isEmpty ? workload.bytes.map { Double($0) / measured.median / 1e6 } : nil
  }

  /// The line that the scripts for other frameworks print, and what only Hebb has.
  var object: JSONObject {
    func rounded(_ value: Double, _ digits: Int) -> JSONValue {
      .number(Double(NumberFormat.fixed(value, digits: digits)) ?? value)
    }
    var object = JSONObject([("workload", .string(workload.name)), ("peer", .string("hebb"))])
    object["version"] = .string(hebbVersion)
    object["mode"] = .string(mode)
    object["precision"] = .string(precision)
    object["threads"] = .integer(Hebb.threads)
    if !sizes.isEmpty { object["sizes"] = .string(sizes.joined(separator: " ")) }
    // Microseconds matter where a step takes few of them.
    let digits = measured.median < 0.1 ? 5 : 3
    object["ms_per_step"] = rounded(measured.median, digits)
    object["min"] = rounded(measured.least, digits)
    object["max"] = rounded(measured.most, digits)
    object["steps"] = .integer(measured.count)
    object["samples_per_s"] = rounded(Double(batch) / measured.median * 1e3, 1)
    object["peak_rss_mb"] = .integer(measured.peakMegabytes)
    object["warmup_s"] = rounded(measured.warmUpSeconds, 3)
    object["other_cpu"] = rounded(measured.otherProcessors, 2)
    object["overhead_ms"] = rounded(measured.overheadMilliseconds, 4)
    object["plan_ms"] = rounded(measured.planMilliseconds, 3)
    object["cold_s"] = rounded(measured.coldSeconds, 2)
    if let gflop, let gigaflops {
      object["gflop_per_step"] = rounded(gflop, 3)
      object["gflops"] = rounded(gigaflops, 1)
      if let peak { object["peak_fraction"] = rounded(gigaflops / peak, 3) }
    }
    if let gigabytes {
      object["gbps"] = rounded(gigabytes, 1)
      if let bandwidth { object["bandwidth_fraction"] = rounded(gigabytes / bandwidth, 3) }
    }
    for (key, value) in measured.facts { object[key] = value }
    return object
  }

  /// The same for people.
  var text: String {
    let numbers = [measured.median, measured.least, measured.most].map {
      NumberFormat.significant($0, digits: 4)
    }
    let name = ([workload.name] + sizes).joined(separator: " ")
    var text = "\(name): \(numbers[0]) ms a step (\(numbers[1]) to \(numbers[2])), "
    text += "\(NumberFormat.grouped(Int(Double(batch) / measured.median * 1e3))) samples/s"
    if let gigaflops {
      text += ", \(NumberFormat.significant(gigaflops, digits: 3)) GFLOP/s"
      if let peak { text += " (\(NumberFormat.percent(gigaflops / peak, digits: 0)) of the peak)" }
    }
    if let gigabytes {
      text += ", \(NumberFormat.significant(gigabytes, digits: 3)) GB/s"
      if let bandwidth {
        text += " (\(NumberFormat.percent(gigabytes / bandwidth, digits: 0)) of the bandwidth)"
      }
    }
    text += ", \(NumberFormat.significant(measured.overheadMilliseconds, digits: 2)) ms outside of "
    text += "kernels, peak \(measured.peakMegabytes) MB"
    return text + measured.facts.map { ", \($0.0) \($0.1.text())" }.joined()
  }
}
