import ArgumentParser
import Hebb

/// `hebb profile`: where the time of a step goes.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Shows where the time of a training step goes.",
    discussion: """
      Products and convolutions are compared with the machine's fastest matrix product, everything else \
      with its memory bandwidth, both measured first. A trace opens in Perfetto (ui.perfetto.dev) or \
      chrome://tracing. Workloads: those of hebb bench.
      """)

  @Argument(help: "The workload.")
  var workload: String

  @Option(help: "How many steps are recorded.")
  var steps = 5

  @OptionGroup var options: WorkloadOptions

  @Option(help: "Write a trace of the recorded steps into this file.")
  var trace: String?

  @Option(help: "How many kernels and layers are listed.")
  var rows = 25

  func validate() throws {
    guard (1...10_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 10000.")
    }
    guard rows >= 1 else { throw ValidationError("--rows must be at least 1.") }
  }

  func run() throws {
    let chosen = try Workload.named(workload)
    let profile = Profile(of: try options.steps(of: chosen), steps: steps)
    if let trace { try AtomicFile.write(profile.trace, to: trace) }
    if options.json {
      Console.print(profile.object(chosen.name))
    } else {
      profile.printTables(chosen.name, rows: rows)
    }
  }
}
