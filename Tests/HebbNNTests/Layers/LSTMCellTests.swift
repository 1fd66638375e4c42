import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct LSTMCellTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    let golden = try Golden("layers", "lstm_cell")
    var random = PhiloxGenerator(seed: 1)
    let cell = LSTMCell(inputs: 4, hidden: 5, using: &random)
    let names = cell.state().map(\.name)
    #expect(names == ["weight_ih", "weight_hh", "bias_ih", "bias_hh"])
    try cell.load(Dictionary(uniqueKeysWithValues: names.map { ($0, golden[$0]) }))
    cell.cast(to: precision.dtype)
    let (x, h, c) = (
      golden["input"].cast(to: precision.dtype).source(),
      golden["h"].cast(to: precision.dtype).source(),
      golden["c"].cast(to: precision.dtype).source()
    )
    let next = cell(x, .init(hidden: h, cell: c))
    expectClose(next.hidden, golden["output_h"], within: precision.tolerance)
    expectClose(next.cell, golden["output_c"], within: precision.tolerance)
    let loss =
      (next.hidden * golden["cotangent_h"].cast(to: precision.dtype)).sum()
      + (next.cell * golden["cotangent_c"].cast(to: precision.dtype)).sum()
    for (name, slope) in gradients(of: loss, for: cell).named {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
    let slopes = gradients(of: loss, for: [x, h, c])
    for (slope, name) in zip(slopes, ["input", "h", "c"]) {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
  }

  @Test func startsFromZeros() {
    var random = PhiloxGenerator(seed: 1)
    let cell = LSTMCell(inputs: 2, hidden: 3, bias: false, using: &random)
    #expect(cell.parameterCount == 12 * 5)
    let zeros = LSTMCell.State(hidden: .zeros([4, 3]), cell: .zeros([4, 3]))
    let x = Tensor.sample([4, 2], 1)
    expectClose(cell(x).hidden, cell(x, zeros).hidden, within: 0)
  }
}
