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

  @Flag(help: "Print one JSON object for each workload.")
  var json = false

  @Option(help: "The least number of steps; more are made if these take less than a second.")
  var steps = 10

  @OptionGroup var sizes: SizeOptions

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  @OptionGroup var precision: PrecisionOptions

  @Option(help: "Billions of operations a second to compare products with; measured without it.")
  var peak: Double?

  @Option(help: "Seconds to wait, at most, for other programs to finish.")
  var quiet = 30.0

  @Flag(help: .private)
  var inProcess = false

  func validate() throws {
    try ThreadCount.check(threads)
    guard (1...100_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 100000, not \(steps).")
    }
    if let peak, !(peak > 0 && peak.isFinite) {
      throw ValidationError("--peak must be a number of GFLOP/s above 0, not \(peak).")
    }
    guard quiet >= 0 else { throw ValidationError("--quiet must be 0 or more seconds.") }
  }

  func run() throws {
    let chosen = try workloads.isEmpty ? Workload.all : workloads.map { try Workload.named($0) }
    if workloads.isEmpty, !sizes.isEmpty {
      throw DataError(
        "\(sizes.arguments[0]) is for single workloads: name those that should be measured with it")
    }
    ThreadCount.apply(threads)
    if inProcess, let workload = chosen.first, chosen.count == 1 {
      try measure(workload)
      return
    }
    if peak == nil { OtherWork.waitUntilQuiet(atMost: quiet) }
    let peak = peak ?? MachineLimits.measure(threads: Hebb.threads).gigaflops
    for workload in chosen { try runApart(workload, peak) }
  }

  private func measure(_ workload: Workload) throws {
    let made = try sizes.applied(to: workload)
    let measured = try precision.apply {
      Measurement(
        of: try workload.steps(made), leastSteps: steps, countsOperations: !sizes.isEmpty)
    }
    let bandwidth = workload.bytes.map {
      MachineLimits.bandwidth(
        read: $0 - workload.bytesWritten, written: workload.bytesWritten, threads: Hebb.threads)
    }
    let line = BenchLine(
      workload: workload, measured: measured, batch: made.batch, mode: precision.mode,
      sizes: sizes.arguments, peak: peak, bandwidth: bandwidth)
    if json { Console.print(line.object) } else { print(line.text) }
  }

  /// Runs one workload in a process of its own, which prints its line itself.
  private func runApart(_ workload: Workload, _ peak: Double) throws {
    OtherWork.waitUntilQuiet(atMost: quiet)
    var arguments = ["bench", workload.name, "--in-process", "--steps", String(steps)]
    arguments += ["--threads", String(Hebb.threads), "--peak", String(peak)]
    arguments += sizes.arguments + precision.arguments
    if json { arguments.append("--json") }
    let status = ChildProcess.run(arguments)
    guard status == 0 else {
      throw DataError("the workload \(workload.name) ended with status \(status)")
    }
  }
}
