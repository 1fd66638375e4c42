import ArgumentParser
import Hebb

/// `hebb bench`: measures workloads as the scripts for other frameworks do.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the time of training steps and of the engine itself.",
    discussion: """
      Each workload runs in a process of its own, so that its peak memory is its own. Workloads: \
      \(Workload.all.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: "The workloads; all of them without.")
  var workloads: [String] = []

  @Flag(help: "Print one JSON object for each workload.")
  var json = false

  @Option(help: "The least number of steps; more are made if these take less than a second.")
  var steps = 10

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  @Option(help: "The precision of arithmetic: fp32.")
  var precision = "fp32"

  @Option(help: "Seconds to wait, at most, for other programs to finish.")
  var quiet = 30.0

  @Flag(help: .private)
  var inProcess = false

  func validate() throws {
    try ThreadCount.check(threads)
    guard (1...100_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 100000.")
    }
  }

  func run() throws {
    guard precision == "fp32" else {
      throw DataError("expected the precision fp32, found another; this version computes with that")
    }
    let chosen = try workloads.isEmpty ? Workload.all : workloads.map { try Workload.named($0) }
    ThreadCount.apply(threads)
    guard inProcess, let workload = chosen.first, chosen.count == 1 else {
      for workload in chosen { try runApart(workload) }
      return
    }
    let measurement = Measurement(
      of: workload.make(Workload.Sizes(batch: workload.batch)), leastSteps: steps)
    let line = workload.object(measurement)
    if json { Console.print(line) } else { print(workload.text(measurement)) }
  }

  /// Runs one workload in a process of its own, which prints its line itself.
  private func runApart(_ workload: Workload) throws {
    OtherWork.waitUntilQuiet(atMost: quiet)
    var arguments = ["bench", workload.name, "--in-process", "--steps", String(steps)]
    arguments += ["--threads", String(Hebb.threads)]
    if json { arguments.append("--json") }
    let status = ChildProcess.run(arguments)
    guard status == 0 else {
      throw DataError("the workload \(workload.name) ended with status \(status)")
    }
  }
}
