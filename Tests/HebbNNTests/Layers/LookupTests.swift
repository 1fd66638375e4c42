import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct LookupTests {
  @Test(arguments: Precision.both) func paddingIsNotTrained(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = Embedding(count: 7, width: 4, padding: 3, using: &random)
    #expect(layer.weight[3].doubles() == [0, 0, 0, 0])
    try expectGolden(
      Golden("norms", "embedding_padding"), layer, precision, inputs: ["indices"]
    ) { [layer($0[0])] }
  }

  @Test(arguments: Precision.both) func longVectorsAreShortened(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = Embedding(count: 7, width: 4, maximumNorm: 1, using: &random)
    let golden = try Golden("norms", "embedding_max_norm")
    try expectGolden(golden, layer, precision, inputs: ["indices"]) { [layer($0[0])] }
    // Rows that were not looked up stay as they were.
    expectClose(layer.weight[2], golden["weight"][2], within: 0)
    let norms = sqrt(square(layer.weight).sum(axes: [1])).doubles()
    #expect([0, 1, 3, 6].allSatisfy { norms[$0] < 1.000001 })
  }

  @Test(arguments: ["sum", "mean", "max"], Precision.both)
  func bagsAgreeWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let mode: EmbeddingBag.Mode = name == "sum" ? .sum : name == "mean" ? .mean : .max
    let rows = EmbeddingBag(count: 7, width: 4, mode: mode, padding: 1, using: &random)
    try expectGolden(Golden("norms", "bag_\(name)"), rows, precision, inputs: ["indices"]) {
      [rows($0[0])]
    }
    let list = EmbeddingBag(count: 7, width: 4, mode: mode, using: &random)
    try expectGolden(
      Golden("norms", "bag_\(name)_offsets"), list, precision, inputs: ["indices", "offsets"]
    ) { [list($0[0], offsets: $0[1])] }
  }

  @Test(arguments: Precision.both) func weightedSumsAgreeWithPyTorch(
    _ precision: Precision
  ) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = EmbeddingBag(count: 7, width: 4, mode: .sum, using: &random)
    try expectGolden(
      Golden("norms", "bag_weighted"), layer, precision, inputs: ["indices", "weights"]
    ) { [layer($0[0], weights: $0[1])] }
  }
}
