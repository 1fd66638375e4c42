import HebbCore
import HebbTestSupport
import Testing

@Suite struct NumericalGradientTests {
  /// f = x₀² + x₁² at (3, 4): the other variable is held constant.
  @Test func partialDerivativesOfTheParaboloid() {
    func f(_ x: Tensor) -> Tensor { square(x).sum() }
    let point = Tensor([3.0, 4])
    let exact = gradient(at: point, of: f)
    #expect(exact.doubles() == [6, 8])
    expectClose(numericalGradient(of: f, at: point), exact, within: 1e-8)
    expectClose(numericalGradient(of: f, at: point, by: .forward), exact, within: 1e-6)
    // Along one axis with the other fixed.
    let first = numericalGradient(of: { square($0) + 16 }, at: Tensor(3.0, dtype: .float64))
    expectClose(first.doubles(), [6], within: 1e-8)
  }

  /// The error shrinks as h forward and as h² central: slopes 1 and 2 in a plot of both logarithms.
  @Test(arguments: [(Difference.forward, 1.0), (.central, 2)])
  func errorFollowsThePower(method: Difference, order: Double) {
    let point = Tensor(0.7, dtype: .float64)
    for function in [{ sin($0) }, { exp($0) }] as [(Tensor) -> Tensor] {
      let exact = gradient(at: point, of: function).item()
      let points = [1e-1, 1e-2, 1e-3].map { h in
        let slope = numericalGradient(of: function, at: point, by: method, step: h).item()
        return (x: log10(h), y: log10(Swift.abs(slope - exact)))
      }
      for (a, b) in zip(points, points.dropFirst()) {
        let found = (b.y - a.y) / (b.x - a.x)
        #expect(Swift.abs(found - order) < 0.05)
      }
    }
  }

  @Test func keepsShapeAndType() {
    let x = Tensor.sample([2, 3], 1)
    let slope = numericalGradient(of: { sin($0).sum() }, at: x)
    #expect(slope.type == x.type)
    expectClose(slope, cos(x), within: 1e-3)
    #expect(numericalGradient(of: { $0.sum() }, at: .zeros([0])).shape == [0])
  }
}

private func log10(_ x: Double) -> Double {
  HebbCore.log10(Tensor(x, dtype: .float64)).item()
}
