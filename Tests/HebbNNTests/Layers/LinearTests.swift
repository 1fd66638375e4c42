import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct LinearTests {
  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 5, outputs: 4, using: &random)
    try expectGolden(Golden("layers", "linear"), linear, precision)
    let withoutBias = Linear(inputs: 5, outputs: 4, bias: false, using: &random)
    #expect(withoutBias.parameterCount == 20)
    try expectGolden(Golden("layers", "linear_no_bias"), withoutBias, precision)
  }

  @Test func wrongInputStops() async {
    await #expect(processExitsWith: .failure) {
      var random = PhiloxGenerator(seed: 1)
      _ = Linear(inputs: 5, outputs: 4, using: &random)(.zeros([2, 6]))
    }
  }
}
