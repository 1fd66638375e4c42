import Hebb

/// The recorded steps of a workload: what each kernel and layer took.
struct Profile {
  /// The time, arithmetic and memory traffic of a kernel or of a layer in all recorded steps.
  struct Share {
    var name: String
    var calls = 0
    var nanoseconds = 0.0
    var backwardNanoseconds = 0.0
    /// Of products and convolutions.
    var productOperations = 0.0
    var operations = 0.0
    var bytes = 0.0
    /// The least time that arithmetic of products and traffic of all else allow.
    var leastNanoseconds = 0.0

    var milliseconds: Double { nanoseconds / 1e6 }
  }

  /// Memory at the end of a plan's step.
  struct MemoryPoint {
    var microseconds: Double
    var bytes: Int
  }

  let stepCount: Int
  let limits: MachineLimits
  let bandwidth: Double
  /// Nanoseconds of each recorded step, and those of them that passed inside of plans.
  let stepNanoseconds: [Double]
  let planNanoseconds: [Double]
  /// The median step without recording.
  let plainMilliseconds: Double
  private(set) var kernels: [Share] = []
  private(set) var layers: [Share] = []
  let stepStarts: [UInt64]
  let runs: [[PlanRun]]

  /// Makes a few steps so that the plans are there, and records the next ones.
  init(of steps: Workload.Steps, steps count: Int) {
    let bandwidthBytes = 64 << 20
    limits = .measure(threads: Hebb.threads)
    bandwidth = MachineLimits.bandwidth(
      read: bandwidthBytes, written: bandwidthBytes, threads: Hebb.threads)
    _ = PlanRecorder.record(.steps) {
      for _ in 0..<3 { Hebb.tracingProvenance { steps.step() } }
    }
    var plain: [Double] = []
    for _ in 0..<max(3, min(count, 20)) {
      let start = PlanRecorder.now
      steps.step()
      plain.append(Double(PlanRecorder.now - start) / 1e6)
    }
    plainMilliseconds = plain.sorted()[plain.count / 2]
    var (walls, starts, recorded): ([Double], [UInt64], [[PlanRun]]) = ([], [], [])
    for _ in 0..<count {
      let start = PlanRecorder.now
      starts.append(start)
      recorded.append(PlanRecorder.record(.steps) { steps.step() })
      walls.append(Double(PlanRecorder.now - start))
    }
    stepCount = count
    stepNanoseconds = walls
    stepStarts = starts
    runs = recorded
    planNanoseconds = recorded.map { $0.reduce(0) { $0 + Double($1.nanoseconds) } }
    collect()
  }

  private mutating func collect() {
    var (byKernel, byLayer): ([String: Share], [String: Share]) = ([:], [:])
    for run in runs.joined() {
      guard let plan = run.plan, run.marks.count == plan.steps.count + 1 else {
        byKernel["(plans made before)", default: Share(name: "(plans made before)")].nanoseconds +=
          Double(run.nanoseconds)
        continue
      }
      for (number, step) in plan.steps.enumerated() {
        let time = Double(run.marks[number + 1] - run.marks[number])
        add(step, time, to: &byKernel[step.label, default: Share(name: step.label)])
        let layer = step.layers.first ?? Self.nameless(step.phase)
        add(step, time, to: &byLayer[layer, default: Share(name: layer)])
      }
    }
    kernels = byKernel.values.sorted { ($0.nanoseconds, $1.name) > ($1.nanoseconds, $0.name) }
    layers = byLayer.values.sorted { ($0.nanoseconds, $1.name) > ($1.nanoseconds, $0.name) }
  }

  private static func nameless(_ phase: Provenance.Phase?) -> String {
    switch phase {
    case .update: "(optimizer)"
    case .backward: "(gradients outside of layers)"
    default: "(outside of layers)"
    }
  }

  private func add(_ step: StepDescription, _ time: Double, to share: inout Share) {
    let bytes = Double(step.bytesRead + step.bytesWritten)
    share.calls += 1
    share.nanoseconds += time
    if step.phase == .backward { share.backwardNanoseconds += time }
    share.operations += Double(step.operationCount)
    share.bytes += bytes
    if step.isProduct {
      share.productOperations += Double(step.operationCount)
      share.leastNanoseconds += Double(step.operationCount) / limits.gigaflops
    } else {
      share.leastNanoseconds += bytes / bandwidth
    }
  }

  /// Milliseconds of a step outside of plans: recording, differentiating, finding the plan.
  var overheadMilliseconds: Double {
    let times = zip(stepNanoseconds, planNanoseconds).map { ($0 - $1) / 1e6 }.sorted()
    return times[times.count / 2]
  }

  var stepMilliseconds: Double { stepNanoseconds.sorted()[stepCount / 2] / 1e6 }

  /// Bytes of all tensors through the first recorded step.
  var memory: [MemoryPoint] {
    guard let first = runs.first, let start = stepStarts.first else { return [] }
    return first.flatMap { run -> [MemoryPoint] in
      guard let plan = run.plan, run.marks.count == plan.steps.count + 1 else { return [] }
      return plan.steps.enumerated().map { number, step in
        MemoryPoint(
          microseconds: Double(run.marks[number + 1] - start) / 1e3,
          bytes: run.liveBytes - plan.arenaBytes + step.liveBytes)
      }
    }
  }
}

// MARK: - Text

extension Profile {
  func printTables(_ name: String, rows: Int) {
    func number(_ value: Double) -> String { NumberFormat.significant(value, digits: 4) }
    print(
      "\(name): \(number(plainMilliseconds)) ms a step, \(number(stepMilliseconds)) recorded, "
        + "\(number(overheadMilliseconds)) of it outside of kernels")
    print(
      "limits: product \(number(limits.gigaflops)) GFLOP/s, memory \(number(bandwidth)) GB/s "
        + "(copy of 64 MB)")
    let points = memory
    if let most = points.map(\.bytes).max(), let least = points.map(\.bytes).min() {
      print(
        "memory: \(NumberFormat.bytes(least)) to \(NumberFormat.bytes(most)) in tensors, "
          + "process at most \(PeakMemory.megabytes) MB")
    }
    print("")
    printTable("kernel", kernels, rows)
    print("")
    printTable("layer", layers, rows)
  }

  private func printTable(_ title: String, _ shares: [Share], _ rows: Int) {
    let total = shares.reduce(0) { $0 + $1.nanoseconds }
    let steps = Double(stepCount)
    var table = [["ms", "share", "calls", "GFLOP/s", "GB/s", "of limit", "backward", title]]
    for share in shares.prefix(rows) {
      let operations = share.operations / share.nanoseconds
      table.append([
        NumberFormat.fixed(share.milliseconds / steps, digits: 3),
        NumberFormat.percent(share.nanoseconds / total),
        String(share.calls / stepCount),
        NumberFormat.fixed(operations, digits: operations < 10 ? 1 : 0),
        NumberFormat.fixed(share.bytes / share.nanoseconds, digits: 1),
        NumberFormat.percent(share.leastNanoseconds / share.nanoseconds, digits: 0),
        NumberFormat.percent(share.backwardNanoseconds / share.nanoseconds, digits: 0),
        Self.shortened(share.name),
      ])
    }
    Console.printTable(table)
    let rest = shares.dropFirst(rows)
    if !rest.isEmpty {
      let time = rest.reduce(0) { $0 + $1.milliseconds } / steps
      print("\(rest.count) more: \(NumberFormat.fixed(time, digits: 3)) ms")
    }
  }

  /// A name that fits on a line; repeated words are counted.
  private static func shortened(_ name: String) -> String {
    var words: [(word: Substring, count: Int)] = []
    for word in name.split(separator: " ") {
      if words.last?.word == word {
        words[words.count - 1].count += 1
      } else {
        words.append((word, 1))
      }
    }
    let text = words.map { $0.count == 1 ? String($0.word) : "\($0.word)×\($0.count)" }
      .joined(separator: " ")
    return text.count <= 110 ? text : text.prefix(109) + "…"
  }
}

// MARK: - JSON

extension Profile {
  func object(_ name: String) -> JSONObject {
    var object = JSONObject([("workload", .string(name))])
    object["threads"] = .integer(Hebb.threads)
    object["ms_per_step"] = .number(plainMilliseconds)
    object["ms_recorded"] = .number(stepMilliseconds)
    object["overhead_ms"] = .number(overheadMilliseconds)
    object["peak_gflops"] = .number(limits.gigaflops)
    object["bandwidth_gbps"] = .number(bandwidth)
    object["kernels"] = .array(kernels.map { .object(self.object($0, "kernel")) })
    object["layers"] = .array(layers.map { .object(self.object($0, "layer")) })
    object["memory"] = .array(
      memory.map { ["us": .number($0.microseconds), "bytes": .integer($0.bytes)] })
    return object
  }

  private func object(_ share: Share, _ title: String) -> JSONObject {
    let steps = Double(stepCount)
    var object = JSONObject([(title, .string(share.name))])
    object["calls"] = .integer(share.calls / stepCount)
    object["ms"] = .number(share.milliseconds / steps)
    object["backward_ms"] = .number(share.backwardNanoseconds / 1e6 / steps)
    object["gflop"] = .number(share.operations / 1e9 / steps)
    object["gflop_of_products"] = .number(share.productOperations / 1e9 / steps)
    object["bytes"] = .number(share.bytes / steps)
    object["gflops"] = .number(share.operations / share.nanoseconds)
    object["gbps"] = .number(share.bytes / share.nanoseconds)
    object["of_limit"] = .number(share.leastNanoseconds / share.nanoseconds)
    return object
  }

  /// The recorded steps in the trace format of Chrome, which Perfetto opens.
  var trace: String {
    let start = stepStarts.first ?? 0
    func microseconds(_ mark: UInt64) -> JSONValue {
      .number(Double(Int64(mark) - Int64(start)) / 1e3)
    }
    func named(_ name: String, _ thread: Int) -> JSONValue {
      [
        "name": "thread_name", "ph": "M", "pid": 1, "tid": .integer(thread),
        "args": ["name": .string(name)],
      ]
    }
    var events = [named("steps", 1), named("plans", 2), named("kernels", 3)]
    func span(
      _ name: String, _ thread: Int, _ begin: UInt64, _ end: UInt64, _ facts: JSONObject
    ) {
      events.append([
        "name": .string(name), "ph": "X", "pid": 1, "tid": .integer(thread),
        "ts": microseconds(begin), "dur": .number(Double(end - begin) / 1e3),
        "args": .object(facts),
      ])
    }
    for (number, begin) in stepStarts.enumerated() {
      let end = begin + UInt64(stepNanoseconds[number])
      span("step \(number)", 1, begin, end, JSONObject())
      for run in runs[number] {
        guard let first = run.marks.first, let last = run.marks.last else { continue }
        span("plan", 2, first, last, JSONObject([("tensors", .integer(run.liveBytes))]))
        guard let plan = run.plan, run.marks.count == plan.steps.count + 1 else { continue }
        for (position, step) in plan.steps.enumerated() {
          let facts = JSONObject([
            ("layer", .string(step.layers.joined(separator: ", "))),
            ("phase", .string(step.phase?.rawValue ?? "")),
            ("operations", .integer(step.operationCount)),
            ("bytes_read", .integer(step.bytesRead)),
            ("bytes_written", .integer(step.bytesWritten)),
          ])
          span(step.label, 3, run.marks[position], run.marks[position + 1], facts)
          events.append([
            "name": "tensors", "ph": "C", "pid": 1, "ts": microseconds(run.marks[position]),
            "args": ["bytes": .integer(run.liveBytes - plan.arenaBytes + step.liveBytes)],
          ])
        }
      }
    }
    let trace: JSONValue = ["displayTimeUnit": "ms", "traceEvents": .array(events)]
    return trace.text() + "\n"
  }
}
