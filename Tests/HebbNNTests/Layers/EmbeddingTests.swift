import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct EmbeddingTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    let golden = try Golden("layers", "embedding")
    var random = PhiloxGenerator(seed: 1)
    let layer = Embedding(count: 7, width: 4, using: &random)
    try layer.load(["weight": golden["weight"]])
    layer.cast(to: precision.dtype)
    let y = layer(golden["indices"])
    expectClose(y, golden["output"], within: 0)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    expectClose(
      gradients(of: loss, for: layer).tensors[0], golden["grad_weight"],
      within: precision.tolerance)
  }
}
