import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct MultiheadAttentionTests {
  static func layer(
    heads: Int = 3, batchFirst: Bool = false, seed: UInt64 = 1
  ) -> MultiheadAttention {
    var random = PhiloxGenerator(seed: seed)
    return MultiheadAttention(width: 6, heads: heads, batchFirst: batchFirst, using: &random)
  }

  @Test(arguments: Precision.both) func selfAttentionAgreesWithPyTorch(
    _ precision: Precision
  ) throws {
    let layer = Self.layer()
    #expect(
      layer.state().map(\.name) == [
        "in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias",
      ])
    try expectGolden(
      Golden("attention", "attention_self"), layer, precision, inputs: ["input"],
      outputs: ["output", "weights"]
    ) {
      let (output, weights) = layer.attend($0[0])
      return [output, weights]
    }
    // The three parts of the weight apart give the same as all at once.
    let x = Tensor.sample([5, 2, 6], 1, dtype: precision.dtype)
    expectClose(layer(x), layer(x, key: x, value: x), within: precision.tolerance)
  }

  @Test(arguments: Precision.both) func masksAgreeWithPyTorch(_ precision: Precision) throws {
    let layer = Self.layer(batchFirst: true)
    let golden = try Golden("attention", "attention_masked")
    try expectGolden(
      golden, layer, precision, inputs: ["input"], outputs: ["output", "weights"]
    ) {
      let masks = AttentionMasks(keyPadding: golden["padding"], isCausal: true)
      let (output, weights) = layer.attend($0[0], masks: masks)
      return [output, weights]
    }
  }

  @Test(arguments: Precision.both) func otherWidthsAgreeWithPyTorch(
    _ precision: Precision
  ) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = MultiheadAttention(
      width: 6, heads: 3, sources: (keyWidth: 4, valueWidth: 7), bias: false, using: &random)
    let golden = try Golden("attention", "attention_cross")
    try expectGolden(
      golden, layer, precision, inputs: ["input", "key", "value"], outputs: ["output", "weights"]
    ) {
      let mask = golden["mask"].cast(to: precision.dtype)
      let (output, weights) = layer.attend(
        $0[0], key: $0[1], value: $0[2], masks: .init(scores: mask))
      return [output, weights]
    }
  }

  @Test(arguments: Precision.both) func aMemoryAgreesWithPyTorch(_ precision: Precision) throws {
    let layer = Self.layer(heads: 2)
    try expectGolden(
      Golden("attention", "attention_memory"), layer, precision, inputs: ["input", "memory"]
    ) { [layer($0[0], key: $0[1])] }
  }

  @Test func oneSequenceNeedsNoBatch() {
    let layer = Self.layer()
    let x = Tensor.sample([5, 6], 1)
    expectClose(layer(x), layer(x.expandingShape(at: 1)).squeezingShape(at: 1), within: 1e-6)
  }

  @Test(arguments: Precision.both) func groupsAgreeWithPyTorch(_ precision: Precision) throws {
    let golden = try Golden("attention", "attention_grouped")
    let inputs = ["query", "key", "value"].map { golden[$0].cast(to: precision.dtype).source() }
    let y = groupedQueryAttention(
      query: inputs[0], key: inputs[1], value: inputs[2], isCausal: true)
    expectClose(y, golden["output"], within: precision.tolerance)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    for (slope, name) in zip(gradients(of: loss, for: inputs), ["query", "key", "value"]) {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
  }

  @Test(arguments: Precision.both) func additiveAttentionAgreesWithTheFormula(
    _ precision: Precision
  ) throws {
    let golden = try Golden("attention", "attention_additive")
    var random = PhiloxGenerator(seed: 1)
    let layer = AdditiveAttention(queryWidth: 4, keyWidth: 6, hidden: 7, using: &random)
    let names = ["W_q", "W_k", "w_v"]
    try layer.load(
      Dictionary(uniqueKeysWithValues: names.map { ("\($0).weight", golden[$0]) }), strict: false)
    layer.cast(to: precision.dtype)
    let inputs = ["query", "key", "value"].map { golden[$0].cast(to: precision.dtype) }
    let y = layer(inputs[0], keys: inputs[1], values: inputs[2]).output
    expectClose(y, golden["output"], within: precision.tolerance)
    let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
    let slopes = gradients(of: loss, for: layer)
    for name in names {
      expectClose(
        try #require(slopes["\(name).weight"]), golden["grad_\(name)"],
        within: precision.tolerance, name)
    }
    // A hidden key is as good as none.
    let padding = Tensor([0, 0, 0, 0, 1, 0, 0, 0, 0, 1], shape: [2, 5]) .== Tensor(1)
    let hidden = layer(inputs[0], keys: inputs[1], values: inputs[2], keyPadding: padding)
    let shorter = layer(
      inputs[0], keys: inputs[1].slice(axis: 1, 0..<4), values: inputs[2].slice(axis: 1, 0..<4))
    expectClose(hidden.output, shorter.output, within: 1e-6)
    // Keys that are projected before are the same operations.
    let projected = layer(
      inputs[0], projectedKeys: layer.projected(inputs[1]), values: inputs[2], keyPadding: padding)
    #expect(projected.output.doubles() == hidden.output.doubles())
  }
}
