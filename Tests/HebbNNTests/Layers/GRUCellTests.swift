import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct GRUCellTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    let golden = try Golden("layers", "gru_cell")
    var random = PhiloxGenerator(seed: 1)
    let cell = GRUCell(inputs: 4, hidden: 5, using: &random)
    let names = cell.state().map(\.name)
    try cell.load(Dictionary(uniqueKeysWithValues: names.map { ($0, golden[$0]) }))
    cell.cast(to: precision.dtype)
    let x = golden["input"].cast(to: precision.dtype).source()
    let h = golden["h"].cast(to: precision.dtype).source()
    let next = cell(x, h)
    expectClose(next, golden["output_h"], within: precision.tolerance)
    let loss = (next * golden["cotangent_h"].cast(to: precision.dtype)).sum()
    for (name, slope) in gradients(of: loss, for: cell).named {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
    for (slope, name) in zip(gradients(of: loss, for: [x, h]), ["input", "h"]) {
      expectClose(slope, golden["grad_\(name)"], within: precision.tolerance, name)
    }
  }
}
