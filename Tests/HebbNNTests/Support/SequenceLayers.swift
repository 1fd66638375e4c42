import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Recurrent layers, attention, Transformer.
  static let sequences: [LayerCase] = [
    LayerCase(
      "RNN", [3, 2, 4], [3, 2, 5],
      state: "weight_ih_l0[5, 4] weight_hh_l0[5, 5] bias_ih_l0[5] bias_hh_l0[5]"
    ) { RNN(inputs: 4, hidden: 5, using: &$0) },
    LayerCase(
      "LSTM", [2, 3, 4], [2, 3, 4],
      state: "weight_ih_l0[12, 4] weight_hh_l0[12, 2] bias_ih_l0[12] bias_hh_l0[12] "
        + "weight_hr_l0[2, 3] weight_ih_l0_reverse[12, 4] weight_hh_l0_reverse[12, 2] "
        + "bias_ih_l0_reverse[12] bias_hh_l0_reverse[12] weight_hr_l0_reverse[2, 3]"
    ) {
      LSTM(
        inputs: 4, hidden: 3, projection: 2, .init(batchFirst: true, bidirectional: true),
        using: &$0)
    },
    LayerCase(
      "GRU", [3, 2, 4], [3, 2, 3],
      state: "weight_ih_l0[9, 4] weight_hh_l0[9, 3] weight_ih_l1[9, 3] weight_hh_l1[9, 3]"
    ) { GRU(inputs: 4, hidden: 3, .init(layers: 2, bias: false), using: &$0) },
    LayerCase(
      "RNNCell", [3, 4], [3, 5],
      state: "cell.weight_ih[5, 4] cell.weight_hh[5, 5] cell.bias_ih[5] cell.bias_hh[5]"
    ) { RNNSteps(RNNCell(inputs: 4, hidden: 5, using: &$0)) },
    LayerCase(
      "MultiheadAttention", [4, 2, 6], [4, 2, 6],
      state: "in_proj_weight[18, 6] in_proj_bias[18] out_proj.weight[6, 6] out_proj.bias[6]"
    ) { MultiheadAttention(width: 6, heads: 2, using: &$0) },
    LayerCase(
      "TransformerEncoder in use", [3, 2, 4], [3, 2, 4],
      state: "layers.0.self_attn.in_proj_weight[12, 4] layers.0.self_attn.in_proj_bias[12] "
        + "layers.0.self_attn.out_proj.weight[4, 4] layers.0.self_attn.out_proj.bias[4] "
        + "layers.0.linear1.weight[5, 4] layers.0.linear1.bias[5] "
        + "layers.0.linear2.weight[4, 5] layers.0.linear2.bias[4] "
        + "layers.0.norm1.weight[4] layers.0.norm1.bias[4] layers.0.norm2.weight[4] "
        + "layers.0.norm2.bias[4] norm.weight[4] norm.bias[4] layers.0.dropout.draws[] "
        + "layers.0.dropout1.draws[] layers.0.dropout2.draws[]"
    ) {
      let options = TransformerOptions(feedForward: 5, dropout: 0, activation: .gelu)
      let layer = TransformerEncoderLayer(width: 4, heads: 2, options, using: &$0)
      return TransformerEncoder([layer], norm: LayerNorm([4])).eval()
    },
    LayerCase(
      "LearnedPositions", [2, 3, 4], [2, 3, 4], state: "weight[5, 4]"
    ) { LearnedPositions(count: 5, width: 4, using: &$0) },
    LayerCase("PositionalEncoding", [2, 3, 4], [2, 3, 4], state: "dropout.draws[]") {
      PositionalEncoding(width: 4, dropout: 0.3, using: &$0)
    },
    LayerCase(
      "AdditiveAttention", [2, 3, 4], [2, 3, 4],
      state: "attention.W_q.weight[5, 4] attention.W_k.weight[5, 4] "
        + "attention.w_v.weight[1, 5] attention.dropout.draws[]"
    ) {
      AdditiveSelfAttention(
        AdditiveAttention(queryWidth: 4, keyWidth: 4, hidden: 5, using: &$0))
    },
  ]
}

/// Two steps of a cell on the same input.
private final class RNNSteps: Layer {
  let cell: RNNCell
  init(_ cell: RNNCell) { self.cell = cell }
  func callAsFunction(_ x: Tensor) -> Tensor { cell(x, cell(x)) }
}

/// Each position asks all others.
private final class AdditiveSelfAttention: Layer {
  let attention: AdditiveAttention
  init(_ attention: AdditiveAttention) { self.attention = attention }
  func callAsFunction(_ x: Tensor) -> Tensor { attention(x, keys: x, values: x).output }
}
