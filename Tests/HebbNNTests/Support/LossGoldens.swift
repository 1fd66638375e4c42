import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Compares a loss of `input`, and its gradient, with those of a case.
func expectGoldenLoss(
  _ name: String, _ precision: Precision, sourceLocation: SourceLocation = #_sourceLocation,
  _ loss: (_ input: Tensor, _ golden: Golden) -> Tensor
) throws {
  let golden = try Golden("losses", name)
  let x = golden["input"].cast(to: precision.dtype).source()
  let value = loss(x, golden)
  expectClose(
    value, golden["output"], within: precision.tolerance, name, sourceLocation: sourceLocation)
  expectClose(
    gradients(of: value, for: [x])[0], golden["grad_input"], within: precision.tolerance,
    "gradient of \(name)", sourceLocation: sourceLocation)
}
