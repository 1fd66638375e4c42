import HebbCore
import HebbTestSupport
import Testing

@Suite struct GradientTests {
  /// The larger shapes are there for the backend; two evaluations for each element would take long.
  @Test(
    arguments: PrimitiveCase.all.filter {
      $0.isDifferentiable && $0.shapes.map(\.elementCount).reduce(0, +) < 1000
    })
  func agreesWithDifferences(_ row: PrimitiveCase) {
    expectGradient(of: row.function, at: row.inputs(.float64, seed: 1), row.name)
  }

  /// Cotangents of cotangents: a rule that is not written in tensor operations shows here.
  @Test(
    arguments: PrimitiveCase.all.filter {
      $0.isDifferentiable && $0.shapes.map(\.elementCount).reduce(0, +) < 400
    })
  func secondDerivativeAgreesWithDifferences(_ row: PrimitiveCase) {
    let inputs = row.inputs(.float64, seed: 2)
    func slope(_ points: [Tensor]) -> Tensor {
      let x = points.map { $0 }
      let value = (row.function(x) * row.function(x)).sum()
      return gradients(of: value, for: [x[0]])[0]
    }
    expectGradient(of: slope, at: inputs, within: 2e-5, row.name)
  }

  @Test func detectsAWrongRule() {
    // d(x²) with the factor 2 forgotten: what the check is for.
    func wrong(_ x: [Tensor]) -> Tensor { x[0] * stopGradient(x[0]) }
    let errors = gradientErrors(of: wrong, at: [.sample([5], 1, dtype: .float64)])
    #expect(errors[0] > 0.1)
  }

  @Test func hessianOfTheToyCriticalPoint() {
    // L = (1 − w₁ w₂)² at the saddle (0, 0).
    let h = hessian(at: Tensor([0.0, 0.0] as [Double])) { w in square(1 - w[0] * w[1]) }
    #expect(h.doubles() == [0, -2, -2, 0])
    let away = hessian(at: Tensor([0.5, -0.3] as [Double])) { w in square(1 - w[0] * w[1]) }
    // 2 w₂², −2 + 4 w₁ w₂, 2 w₁².
    expectClose(away.doubles(), [0.18, -2.6, -2.6, 0.5], within: 1e-14)
  }

  @Test func hessianVectorProductIsTheProduct() {
    let x = Tensor.sample([4], 3, dtype: .float64)
    let v = Tensor.sample([4], 4, dtype: .float64)
    func f(_ x: Tensor) -> Tensor { (exp(x) * x.flipped(axis: 0)).sum() }
    expectClose(
      hessianVectorProduct(at: x, v, of: f), matmul(hessian(at: x, of: f), v), within: 1e-12)
  }

  @Test func jacobianOfALinearMapIsItsMatrix() {
    let a = Tensor.sample([3, 4], 1, dtype: .float64)
    let j = jacobian(at: .sample([4], 2, dtype: .float64)) { matmul(a, $0) }
    expectClose(j, a, within: 1e-14)
  }

  @Test func valuesReadInTheMiddleLeaveTheGradientIntact() {
    let x = Tensor([1.0, 2, 3]).source()
    let y = exp(x)
    _ = y.floats()
    let loss = (y * y).sum()
    _ = loss.item()
    expectClose(
      gradients(of: loss, for: [x])[0], 2 * exp(2 * Tensor([1.0, 2, 3])), within: 1e-6)
  }

  @Test func unrelatedTargetsHaveZeroGradient() {
    let (x, y) = (Tensor([1.0, 2]).source(), Tensor([3.0]).source())
    let slopes = gradients(of: (x * x).sum(), for: [x, y])
    #expect(slopes[1].floats() == [0])
  }

  @Test func nothingIsRecordedForGradientsWhenTheyAreSwitchedOff() {
    let x = Tensor([1.0, 2]).source()
    let y = withoutGradients { x * x }
    #expect(gradients(of: (y + x).sum(), for: [x])[0].floats() == [1, 1])
  }
}
