import ArgumentParser
import Hebb

/// How exactly products are computed, and on what.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: "The precision of products: fp32, high (two bfloat16 numbers) or medium (one).")
  var precision = "fp32"

  @Flag(name: .customLong("no-tiles"), help: "Leave the processor's matrix tiles alone.")
  var avoidsTiles = false

  func validate() throws {
    guard ["fp32", "high", "medium"].contains(precision) else {
      throw ValidationError("--precision must be fp32, high or medium, not \(precision).")
    }
  }

  /// What the line of a measurement says.
  var mode: String { precision + (avoidsTiles ? "-no-tiles" : "") }

  /// As they stand on a command line.
  var arguments: [String] { ["--precision", precision] + (avoidsTiles ? ["--no-tiles"] : []) }

  /// Sets it for the whole process.
  func apply() {
    MatrixPrecision.standard = MatrixPrecision(name: precision) ?? .highest
    if avoidsTiles { Hebb.allowsTiles = false }
  }
}
