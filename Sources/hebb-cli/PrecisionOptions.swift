import ArgumentParser
import Hebb

/// How exactly products are computed.
struct PrecisionOptions: ParsableArguments {
  @Option(help: "The precision of arithmetic: fp32.")
  var precision = "fp32"

  func validate() throws {
    guard precision == "fp32" else {
      throw ValidationError("--precision must be fp32, not \(precision).")
    }
  }

  /// What the line of a measurement says.
  var mode: String { precision }

  /// As they stand on a command line.
  var arguments: [String] { ["--precision", precision] }

  /// Runs `body` with products computed like that.
  func apply<R>(_ body: () throws -> R) rethrows -> R { try body() }
}
