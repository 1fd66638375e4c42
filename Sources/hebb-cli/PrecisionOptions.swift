import ArgumentParser
import Hebb

/// How exactly products are computed, and on what.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The precision: fp32, bf16 (products and what is kept of them in bfloat16), or for fp32 products "
        + "on matrix tiles high (two bfloat16 numbers) or medium (one)."))
  var precision = "fp32"

  @Flag(
    inversion: .prefixedNo,
    help: "Whether products use the processor's matrix tiles, where it has them.")
  var tiles = false

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether convolutions with windows of 3 x 3 use Winograd's minimal filtering, which takes fewer "
        + "multiplications than sums of products."))
  var winograd = true

  func validate() throws {
    guard ["fp32", "bf16", "high", "medium"].contains(precision) else {
      throw ValidationError("--precision must be fp32, bf16, high or medium, not \(precision).")
    }
  }

  /// What the line of a measurement says.
  var mode: String { precision + (tiles ? "-tiles" : "") + (winograd ? "" : "-direct") }

  /// As they stand on a command line.
  var arguments: [String] {
    ["--precision", precision] + (tiles ? ["--tiles"] : []) + (winograd ? [] : ["--no-winograd"])
  }

  /// Sets it for the whole process.
  func apply() {
    MatrixPrecision.standard = MatrixPrecision(name: precision) ?? .highest
    Hebb.allowsTiles = tiles
    Hebb.allowsWinograd = winograd
  }

  /// The steps in this precision.
  func computing(_ steps: Workload.Steps) -> Workload.Steps {
    guard precision == "bf16" else { return steps }
    var steps = steps
    let step = steps.step
    steps.step = { withAutocast(.bfloat16) { step() } }
    return steps
  }
}
