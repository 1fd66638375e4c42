import HebbCore
import HebbNN
import Testing

@Suite struct FlattenTests {
  @Test func joinsAxes() {
    let x = Tensor.zeros([2, 3, 4, 5])
    #expect(Flatten()(x).shape == [2, 60])
    #expect(Flatten(from: 2)(x).shape == [2, 3, 20])
    #expect(Flatten(from: 0)(x).shape == [120])
  }
}
