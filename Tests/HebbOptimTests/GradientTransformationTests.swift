import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct GradientTransformationTests {
  /// Units of norm 5 and 1 with gradients of norm 10 and 0.001: only the first is too large.
  @Test func adaptiveClippingLooksAtEachUnit() {
    let model = Vector(Tensor([3, 4, 0, 1] as [Double], shape: [2, 2]))
    let slopes = model.gradients(Tensor([6, 8, 0, 0.001] as [Double], shape: [2, 2]))
    let clipped = slopes.clippedAdaptively(to: 0.1).tensors[0].doubles()
    expectClose(clipped, [0.3, 0.4, 0, 0.001], within: 1e-12)
  }

  @Test func nonFiniteElementsBecomeZero() {
    let model = Vector(.zeros([4]))
    let slopes = model.gradients([1, .nan, .infinity, -2]).replacingNonFinite()
    #expect(slopes.tensors[0].doubles() == [1, 0, 0, -2])
  }

  @Test func centralizedGradientsOfUnitsHaveMeanZero() {
    let matrix = Vector(.zeros([2, 3]))
    let slopes = matrix.gradients(Tensor([1, 2, 6, 0, 0, 3] as [Float], shape: [2, 3]))
    #expect(slopes.centralized().tensors[0].doubles() == [-2, -1, 3, -1, -1, 2])
    let vector = Vector(.zeros([2]))
    #expect(vector.gradients([1, 3]).centralized().tensors[0].doubles() == [1, 3])
  }

  /// Four quarters of a batch step like the whole of it.
  @Test func accumulatedBatchesStepLikeOne() {
    func loss(_ model: Sequential, _ x: Tensor) -> Tensor { square(model(x)).mean() }
    let x = Tensor.sample([8, 3], 5, dtype: .float64)
    func make() -> (Sequential, Adam) {
      let model = ParameterGroupTests.model().cast(to: .float64)
      return (model, Adam(model))
    }
    let (whole, optimizer) = make()
    optimizer.step(along: gradients(of: loss(whole, x), for: whole))
    let (parts, other) = make()
    var accumulator = GradientAccumulator(count: 4)
    for i in 0..<4 {
      let slopes = gradients(of: loss(parts, x[2 * i..<2 * i + 2]), for: parts)
      let mean = accumulator.add(slopes)
      #expect((mean != nil) == (i == 3))
      if let mean { other.step(along: mean) }
    }
    #expect(accumulator.pending == 0)
    for (a, b) in zip(whole.state(), parts.state()) {
      expectClose(a.tensor, b.tensor, within: 1e-12)
    }
  }
}
