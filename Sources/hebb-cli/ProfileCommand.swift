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

  @OptionGroup var sizes: SizeOptions

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  @OptionGroup var precision: PrecisionOptions

  @Option(help: "Write a trace of the recorded steps into this file.")
  var trace: String?

  @Option(help: "How many kernels and layers are listed.")
  var rows = 25

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try ThreadCount.check(threads)
    guard (1...10_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 10000.")
    }
    guard rows >= 1 else { throw ValidationError("--rows must be at least 1.") }
  }

  func run() throws {
    let chosen = try Workload.named(workload)
    let sizes = sizes.applied(to: chosen)
    ThreadCount.apply(threads)
    precision.apply()
    let profile = try Profile(of: precision.computing(chosen.steps(sizes)), steps: steps)
    if let trace { try AtomicFile.write(profile.trace, to: trace) }
    if json {
      Console.print(profile.object(chosen.name))
    } else {
      profile.printTables(chosen.name, rows: rows)
    }
  }
}
