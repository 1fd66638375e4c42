import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct SequentialTests {
  static func model(depth: Int, dropout: Bool) -> Sequential {
    var random = PhiloxGenerator(seed: 1)
    return Sequential {
      for _ in 0..<depth {
        Linear(inputs: 3, outputs: 3, using: &random)
        ReLU()
      }
      if dropout { Dropout(0.5, using: &random) }
      Linear(inputs: 3, outputs: 2, using: &random)
    }
  }

  @Test func namesArePositions() {
    let names = Self.model(depth: 2, dropout: true).state().map(\.name)
    #expect(
      names == [
        "0.weight", "0.bias", "2.weight", "2.bias", "5.weight", "5.bias", "4.draws",
      ])
  }

  @Test func callsOneAfterTheOther() throws {
    let model = Self.model(depth: 1, dropout: false)
    let x = Tensor.sample([4, 3], 2)
    let (first, last) = (
      try #require(model.layers[0] as? Linear), try #require(model.layers[2] as? Linear)
    )
    expectClose(model(x), last(relu(first(x))), within: 0)
  }

  @Test func withoutLayersItIsTheIdentity() {
    let x = Tensor.sample([2], 3)
    expectClose(Sequential([])(x), x, within: 0)
  }
}
