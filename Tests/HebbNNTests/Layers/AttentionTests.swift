import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct AttentionTests {
  @Test(arguments: [false, true], Precision.both)
  func agreesWithPyTorch(isCausal: Bool, _ precision: Precision) throws {
    let golden = try Golden("layers", isCausal ? "attention_causal" : "attention")
    let inputs = ["query", "key", "value"].map { golden[$0].cast(to: precision.dtype).source() }
    let y = scaledDotProductAttention(
      query: inputs[0], key: inputs[1], value: inputs[2], isCausal: isCausal)
    expectClose(y, golden["output"], within: precision.tolerance)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    for (slope, name) in zip(gradients(of: loss, for: inputs), ["query", "key", "value"]) {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
  }

  @Test func masksOfBothKinds() {
    let (query, key) = (Tensor.sample([3, 4], 1), Tensor.sample([3, 4], 2))
    let value = Tensor.sample([3, 2], 3)
    let visible = Tensor([1, 0, 0, 1, 1, 0, 1, 1, 1] as [UInt8], shape: [3, 3]).cast(to: .bool)
    let causal = scaledDotProductAttention(query: query, key: key, value: value, isCausal: true)
    let masked = scaledDotProductAttention(query: query, key: key, value: value, mask: visible)
    expectClose(masked, causal, within: 0)
    let penalties = select(visible, Tensor(0.0), Tensor(-1e9))
    let added = scaledDotProductAttention(query: query, key: key, value: value, mask: penalties)
    expectClose(added, causal, within: 1e-6)
    // The first query sees the first key only.
    expectClose(causal[0], value[0], within: 1e-6)
  }
}
