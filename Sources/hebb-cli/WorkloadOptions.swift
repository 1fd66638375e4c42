import ArgumentParser
import Hebb

/// How a workload is run, measured or profiled.
struct WorkloadOptions: ParsableArguments {
  @OptionGroup var sizes: SizeOptions

  @Option(help: "Threads to compute with; all processors without it.")
  var threads: Int?

  @OptionGroup var precision: PrecisionOptions

  @Flag(help: "Print one JSON object for each workload.")
  var json = false

  func validate() throws { try ThreadCount.check(threads) }

  /// The steps of a workload as it is asked for.
  ///
  /// - Throws: `DataError` where the workload has not what is to be changed, or cannot have it so.
  func steps(of workload: Workload) throws -> Workload.Steps {
    let sizes = try sizes.applied(to: workload)
    ThreadCount.apply(threads)
    precision.apply()
    return try precision.computing(workload.make(sizes))
  }
}
