import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct TransformerTests {
  static func tolerance(_ precision: Precision) -> Double { precision.tolerance * 3 }
  static let plain = TransformerOptions(feedForward: 7, dropout: 0)

  @Test(arguments: Precision.both) func encoderLayersAgreeWithPyTorch(
    _ precision: Precision
  ) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = TransformerEncoderLayer(width: 6, heads: 2, Self.plain, using: &random)
    try expectGolden(
      Golden("attention", "encoder_layer"), layer, precision, inputs: ["input"],
      tolerance: Self.tolerance(precision)
    ) { [layer($0[0])] }
    let first = TransformerEncoderLayer(
      width: 6, heads: 2,
      .init(feedForward: 7, dropout: 0, activation: .gelu, batchFirst: true, normFirst: true),
      using: &random)
    let golden = try Golden("attention", "encoder_layer_first")
    try expectGolden(
      golden, first, precision, inputs: ["input"], tolerance: Self.tolerance(precision)
    ) { [first($0[0], masks: .init(keyPadding: golden["padding"]))] }
  }

  @Test(arguments: Precision.both) func decoderLayersAgreeWithPyTorch(
    _ precision: Precision
  ) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = TransformerDecoderLayer(width: 6, heads: 2, Self.plain, using: &random)
    let golden = try Golden("attention", "decoder_layer")
    try expectGolden(
      golden, layer, precision, inputs: ["input", "memory"], tolerance: Self.tolerance(precision)
    ) {
      [
        layer(
          $0[0], memory: $0[1], masks: .causal, memoryMasks: .init(keyPadding: golden["padding"]))
      ]
    }
    let first = TransformerDecoderLayer(
      width: 6, heads: 2, .init(feedForward: 7, dropout: 0, normFirst: true), using: &random)
    try expectGolden(
      Golden("attention", "decoder_layer_first"), first, precision, inputs: ["input", "memory"],
      tolerance: Self.tolerance(precision)
    ) { [first($0[0], memory: $0[1])] }
  }

  @Test(arguments: Precision.both) func theWholeAgreesWithPyTorch(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let model = Transformer(
      width: 6, heads: 2, encoderLayers: 2, decoderLayers: 2,
      .init(feedForward: 7, dropout: 0, batchFirst: true), using: &random)
    let golden = try Golden("attention", "transformer")
    try expectGolden(
      golden, model, precision, inputs: ["source", "input"], tolerance: Self.tolerance(precision)
    ) {
      let padding = AttentionMasks(keyPadding: golden["padding"])
      return [
        model(
          source: $0[0], target: $0[1], sourceMasks: padding, targetMasks: .causal,
          memoryMasks: padding)
      ]
    }
  }

  /// PyTorch's `sum(p.numel() for p in nn.Transformer().parameters())`.
  @Test func theDefaultHasAsManyParametersAsInPyTorch() {
    var random = PhiloxGenerator(seed: 1)
    #expect(Transformer(using: &random).parameterCount == 44_140_544)
  }

  @Test func dropoutIsForTrainingOnly() {
    var random = PhiloxGenerator(seed: 2)
    let layer = TransformerEncoderLayer(
      width: 6, heads: 2, .init(feedForward: 7, dropout: 0.3), using: &random)
    let x = Tensor.sample([4, 2, 6], 1)
    #expect(layer(x).doubles() != layer(x).doubles())
    #expect(layer.eval()(x).doubles() == layer(x).doubles())
  }
}
