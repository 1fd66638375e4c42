import ArgumentParser
import Hebb

/// How exactly products are computed, and on what.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: "The precision of products: fp32, high (two bfloat16 numbers) or medium (one).")
  var precision = "fp32"

  @Flag(
    inversion: .prefixedNo,
    help: "Whether products use the processor's matrix tiles, where it has them.")
  var tiles = false

  func validate() throws {
    guard ["fp32", "high", "medium"].contains(precision) else {
      throw ValidationError("--precision must be fp32, high or medium, not \(precision).")
    }
  }

  /// What the line of a measurement says.
  var mode: String { precision + (tiles ? "-tiles" : "") }

  /// As they stand on a command line.
  var arguments: [String] { ["--precision", precision] + (tiles ? ["--tiles"] : []) }

  /// Sets it for the whole process.
  func apply() {
    MatrixPrecision.standard = MatrixPrecision(name: precision) ?? .highest
    Hebb.allowsTiles = tiles
  }
}
