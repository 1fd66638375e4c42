import ArgumentParser
import Hebb

/// `hebb bench`: measures workloads as the scripts for other frameworks do.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the time of training steps and of the engine itself.",
    discussion: """
      Each workload runs in a process of its own, so that its peak memory is its own. Rates are compared \
      with what the machine reaches in oneDNN's matrix product and in moving memory, both measured. \
      Workloads: \(Workload.all.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: "The workloads; all of them without.")
  var workloads: [String] = []

  @Option(help: "The least number of steps; more are made if these take less than a second.")
  var steps = 10

  @OptionGroup var options: WorkloadOptions

  @Option(help: "Billions of operations a second to compare products with; measured without it.")
  var peak: Double?

  @Option(help: "Seconds to wait, at most, for other programs to finish.")
  var quiet = 30.0

  @Flag(help: "List the workloads and measure nothing.")
  var list = false

  @Flag(help: "Measure the machine's limits alone.")
  var limits = false

  @Option(help: "Write performance.md and its pictures into this folder, from --lines.")
  var page: String?

  @Option(help: "A file of lines that were measured before, of Hebb and of other frameworks.")
  var lines: String?

  @Flag(help: .private)
  var inProcess = false

  func validate() throws {
    guard (1...100_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 100000, not \(steps).")
    }
    if let peak, !(peak > 0 && peak.isFinite) {
      throw ValidationError("--peak must be a number of GFLOP/s above 0, not \(peak).")
    }
    guard (page == nil) == (lines == nil) else {
      throw ValidationError("--page FOLDER needs --lines FILE, and the other way round.")
    }
    guard quiet >= 0 else { throw ValidationError("--quiet must be 0 or more seconds.") }
  }

  func run() throws {
    if let page, let lines { return try writePage(page, lines) }
    let chosen = try workloads.isEmpty ? Workload.all : workloads.map { try Workload.named($0) }
    if workloads.isEmpty, let size = options.sizes.arguments.first {
      throw DataError(
        "\(size) is for single workloads: name those that should be measured with it")
    }
    ThreadCount.apply(options.threads)
    if list { return printList(chosen) }
    if limits { return printLimits() }
    if inProcess, let workload = chosen.first, chosen.count == 1 {
      try measure(workload)
      return
    }
    // What a workload has not is said before anything is waited for.
    for workload in chosen { _ = try options.sizes.applied(to: workload) }
    if peak == nil { OtherWork.waitUntilQuiet(atMost: quiet) }
    let peak = peak ?? MachineLimits.measure(threads: Hebb.threads).gigaflops
    for workload in chosen { try runApart(workload, peak) }
  }

  private func printList(_ workloads: [Workload]) {
    for workload in workloads {
      if options.json {
        let batch = JSONValue.integer(workload.batch)
        Console.print(JSONObject([("workload", .string(workload.name)), ("batch", batch)]))
      } else {
        print(workload.name)
      }
    }
  }

  private func printLimits() {
    OtherWork.waitUntilQuiet(atMost: quiet)
    let peak = MachineLimits.measure(threads: Hebb.threads).gigaflops
    let bytes = 64 << 20
    let bandwidth = MachineLimits.bandwidth(read: bytes, written: bytes, threads: Hebb.threads)
    if options.json {
      Console.print(
        JSONObject([
          ("threads", .integer(Hebb.threads)), ("peak_gflops", .number(peak)),
          ("bandwidth_gbps", .number(bandwidth)),
        ]))
    } else {
      print("product \(NumberFormat.significant(peak, digits: 4)) GFLOP/s")
      print("memory \(NumberFormat.significant(bandwidth, digits: 3)) GB/s")
    }
  }

  /// Writes the page and its pictures; what people wrote into the page before is kept.
  private func writePage(_ folder: String, _ lines: String) throws {
    let file = folder + "/performance.md"
    let notes = PerformancePage.notes(of: SystemFile.text(file))
    let page = PerformancePage(lines: try PerformanceLines(path: lines), notes: notes)
    let images = folder + "/images"
    try Folder.create(images)
    for (name, svg) in page.images { try AtomicFile.write(svg, to: images + "/" + name) }
    try AtomicFile.write(page.text, to: file)
    print("wrote \(file) and \(NumberFormat.count(page.images.count, "picture"))")
  }

  private func measure(_ workload: Workload) throws {
    let (sizes, precision) = (options.sizes, options.precision)
    let measured = Measurement(
      of: try options.steps(of: workload), leastSteps: steps, countsOperations: !sizes.isEmpty)
    let bandwidth = workload.bytes.map {
      MachineLimits.bandwidth(
        read: $0 - workload.bytesWritten, written: workload.bytesWritten, threads: Hebb.threads)
    }
    let line = BenchLine(
      workload: workload, measured: measured, batch: sizes.batch ?? workload.batch,
      mode: precision.mode,
      precision: precision.precision,
      sizes: sizes.arguments, peak: peak, bandwidth: bandwidth)
    if options.json { Console.print(line.object) } else { print(line.text) }
  }

  /// Runs one workload in a process of its own, which prints its line itself.
  private func runApart(_ workload: Workload, _ peak: Double) throws {
    OtherWork.waitUntilQuiet(atMost: quiet)
    var arguments = ["bench", workload.name, "--in-process", "--steps", String(steps)]
    arguments += ["--threads", String(Hebb.threads), "--peak", String(peak)]
    arguments += options.sizes.arguments + options.precision.arguments
    if options.json { arguments.append("--json") }
    let status = ChildProcess.run(arguments)
    // It has said what is wrong, unless it was stopped.
    guard status < 126 else {
      throw DataError("the workload \(workload.name) ended with status \(status)")
    }
    if status != 0 { throw ExitCode(status) }
  }
}
