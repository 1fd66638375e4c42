import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct GradientsTests {
  static func slopes() -> Gradients {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 2, outputs: 1, using: &random)
    // d/dw = x = (3, 0), d/db = 1, times 4.
    return gradients(of: 4 * linear([3, 0]).sum(), for: linear)
  }

  @Test func namesAndValues() {
    let slopes = Self.slopes()
    #expect(slopes.named.map(\.name) == ["weight", "bias"])
    #expect(slopes["weight"]?.doubles() == [12, 0])
    #expect(slopes["bias"]?.doubles() == [4])
    #expect(slopes["other"] == nil)
  }

  @Test func norm() { expectClose(Self.slopes().norm().item(), 160.0.squareRoot()) }

  @Test func clippingByNormScalesAllAlike() {
    let clipped = Self.slopes().clipped(toNorm: 1)
    expectClose(clipped.norm().item(), 1)
    expectClose(clipped["weight"]?.doubles()[0] ?? 0, 12 / 160.0.squareRoot())
    let unchanged = Self.slopes().clipped(toNorm: 100)
    #expect(unchanged.tensors.map { $0.doubles() } == [[12, 0], [4]])
  }

  @Test func clippingByValue() {
    #expect(Self.slopes().clipped(toValue: 5).tensors.map { $0.doubles() } == [[5, 0], [4]])
    let negative = Self.slopes().map { -$0 }.clipped(toValue: 5)
    #expect(negative.tensors.map { $0.doubles() } == [[-5, 0], [-4]])
  }

  private func expectClose(_ a: Double, _ b: Double) {
    HebbTestSupport.expectClose([a], [b], within: 1e-6)
  }

  /// The gradient of a batch is the sum of those of its parts.
  @Test func addingIsAccumulation() {
    var random = PhiloxGenerator(seed: 1)
    let linear = Linear(inputs: 3, outputs: 2, using: &random)
    let x = Tensor.sample([8, 3], 1)
    func loss(_ x: Tensor) -> Tensor { square(linear(x)).sum() }
    let whole = gradients(of: loss(x), for: linear)
    let first = gradients(of: loss(x[0..<5]), for: linear).evaluated()
    let sum = first + gradients(of: loss(x[5..<8]), for: linear)
    HebbTestSupport.expectClose(sum.loss, whole.loss, within: 1e-6)
    for (a, b) in zip(sum.tensors, whole.tensors) {
      HebbTestSupport.expectClose(a, b, within: 1e-6)
    }
  }

  @Test func aParameterThatTheLossDoesNotUseHasGradientZero() {
    var random = PhiloxGenerator(seed: 1)
    let (used, unused) = (
      Linear(inputs: 2, outputs: 1, using: &random), Linear(inputs: 2, outputs: 1, using: &random)
    )
    let slopes = gradients(of: used([1, 1]).sum(), for: Sequential([used, unused]))
    #expect(slopes["1.weight"]?.doubles() == [0, 0])
  }
}
