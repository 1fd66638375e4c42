import Glibc
import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// The demonstrations of the calculus systems; see `TextbookSystem.calculus`.
@Suite struct CalculusSystemsTests {
  private func vector(_ numbers: [Double]) -> Tensor { Tensor(numbers) }

  // MARK: - Chain rule, sharing, steps

  @Test func chainRuleOfTwiceTheSquare() {
    // d(2 xᵀx)/dx = 4x.
    let slope = gradient(at: vector([0, 1, 2, 3])) { 2 * matmul($0, $0) }
    #expect(slope.doubles() == [0, 4, 8, 12])
  }

  @Test func gradientOfASharedWeightIsTheSumOverItsCopies() {
    let x = Tensor.sample([5, 4], 1, dtype: .float64)
    let w = Tensor.sample([4, 4], 2, dtype: .float64)
    func loss(_ weights: [Tensor]) -> Tensor {
      square(weights.reduce(x) { tanh(matmul($0, $1)) }).sum()
    }
    let shared = w.source()
    let copies = (0..<3).map { _ in w.source() }
    let total = gradients(of: loss([shared, shared, shared]), for: [shared])[0]
    let parts = gradients(of: loss(copies), for: copies)
    expectClose(total, parts[0] + parts[1] + parts[2], within: 1e-14)
    #expect(parts[0].doubles() != parts[1].doubles())
  }

  /// One step of a network with two inputs, two hidden neurons and one output, by the formulas of Zhou's
  /// Machine Learning, §5.3: g = ŷ (1 − ŷ)(y − ŷ), eₕ = bₕ (1 − bₕ) wₕ g, and η times input times error.
  @Test func standardBackPropagationByHand() {
    // v[i][h] and the hidden neurons' thresholds γ; w[h] and the output's θ.
    let (rate, x, y) = (0.5, [0.3, -0.8], 0.9)
    let (v, gamma) = ([[0.2, -0.4], [0.7, 0.1]], [0.1, -0.2])
    let (w, theta) = ([0.5, -0.6], 0.3)
    func logistic(_ a: Double) -> Double { 1 / (1 + exp(-a)) }
    let b = (0..<2).map { h in logistic(x[0] * v[0][h] + x[1] * v[1][h] - gamma[h]) }
    let output = logistic(w[0] * b[0] + w[1] * b[1] - theta)
    let g = output * (1 - output) * (y - output)
    let e = (0..<2).map { h in b[h] * (1 - b[h]) * w[h] * g }

    let parameters = [
      Tensor(v.flatMap { $0 }, shape: [2, 2]), Tensor(gamma), Tensor(w),
      Tensor(theta, dtype: .float64),
    ].map { $0.source() }
    let hidden = sigmoid(matmul(Tensor(x), parameters[0]) - parameters[1])
    let predicted = sigmoid(matmul(hidden, parameters[2]) - parameters[3])
    let error = 0.5 * square(predicted - y)
    let updates = gradients(of: error, for: parameters).map { (-rate * $0).doubles() }
    let expected = [
      (0..<2).flatMap { i in (0..<2).map { h in rate * e[h] * x[i] } }, e.map { -rate * $0 },
      b.map { rate * g * $0 }, [-rate * g],
    ]
    for (update, numbers) in zip(updates, expected) { expectClose(update, numbers, within: 1e-12) }
  }

  /// Accumulated back-propagation follows the sum over the examples, standard the examples in turn.
  @Test func accumulatedBackPropagationSumsOverTheExamples() {
    let (x, y) = (
      Tensor.sample([6, 2], 1, dtype: .float64), Tensor.sample([6], 2, dtype: .float64)
    )
    func error(_ w: Tensor, _ rows: Range<Int>) -> Tensor {
      0.5 * square(sigmoid(matmul(x[rows], w)) - y[rows]).sum()
    }
    let start = Tensor.sample([2], 3, dtype: .float64)
    let whole = gradient(at: start) { error($0, 0..<6) }
    let single = (0..<6).map { k in gradient(at: start) { error($0, k..<k + 1) } }
    expectClose(whole, single.dropFirst().reduce(single[0]) { $0 + $1 }, within: 1e-14)
    let standard = (0..<6).reduce(start) { w, k in w - gradient(at: w) { error($0, k..<k + 1) } }
    #expect(standard.doubles() != (start - whole).doubles())
  }

  /// Note 001's program with a gradient tape: (w + 1)², w = 5, the rate 0.2 · 0.99^epoch.
  @Test func exponentialDecayProgram() {
    var w = Tensor(5.0, dtype: .float64)
    let golden: [Int: (w: Double, loss: Double?, rate: Double?)] = [
      0: (2.6, 12.96, 0.2), 1: (1.1744, 4.728015, 0.198), 2: (0.321948, 1.747547, nil),
      9: (-0.951691, nil, nil), 19: (-0.999308, nil, 0.165234), 39: (-0.999999, nil, 0.135146),
    ]
    var rate = 0.2
    for epoch in 0..<40 {
      let slope = gradient(at: w) { square($0 + 1) }
      w = (w - rate * slope).evaluated()
      if let expected = golden[epoch] {
        #expect(abs(w.item() - expected.w) < 6e-7, "epoch \(epoch)")
        let loss = square(w + 1).item()
        #expect(abs(loss - (expected.loss ?? loss)) < 6e-7, "epoch \(epoch)")
        #expect(abs(rate - (expected.rate ?? rate)) < 6e-7, "epoch \(epoch)")
      }
      rate *= 0.99
    }
  }

  // MARK: - Jacobians, layouts, Hessians

  @Test func jacobianOfSoftmax() {
    // diag(y) − y yᵀ.
    let x = Tensor.sample([5], 1, dtype: .float64)
    let y = softmax(x)
    let one = Tensor.range(5).oneHot(5, dtype: .float64)
    let outer = y.expandingShape(at: 1) * y
    expectClose(jacobian(at: x) { softmax($0) }, one * y - outer, within: 1e-15)
  }

  @Test func derivativesInBothLayouts() {
    let (a, b) = (Tensor.sample([3], 1, dtype: .float64), Tensor.sample([4], 2, dtype: .float64))
    let x = Tensor.sample([3, 4], 3, dtype: .float64)
    let m = Tensor.sample([4, 3], 4, dtype: .float64)
    let square = Tensor.sample([4, 4], 5, dtype: .float64)
    /// The derivative by denominator, and its transposed by numerator.
    func check(
      _ point: Tensor, _ expected: Tensor, _ comment: String, _ function: (Tensor) -> Tensor
    ) {
      expectClose(
        matrixDerivative(at: point, layout: .denominator, of: function), expected, within: 1e-14,
        comment)
      expectClose(
        matrixDerivative(at: point, of: function), expected.transposed(), within: 1e-14, comment)
    }
    let outer = a.expandingShape(at: 1) * b
    check(x, outer, "aᵀ X b by X is a bᵀ") { matmul(matmul(a, $0), b) }
    check(x, m.transposed(), "tr(M X) by X is Mᵀ") { (m.transposed() * $0).sum() }
    let form = matmul(square + square.transposed(), b).expandingShape(at: 1)
    check(b, form, "xᵀ A x by x is (A + Aᵀ) x") { matmul($0, matmul(square, $0)) }
    check(b, x.transposed(), "X b by b is Xᵀ") { matmul(x, $0) }
    let t = Tensor(0.7, dtype: .float64)
    check(t, b.expandingShape(at: 0) * (2 * t), "t² b by t") { $0 * $0 * b }
    check(t, (x * cos(t)).transposed(), "sin(t) X by t") { sin($0) * x }
  }

  @Test func hessianOfASaddle() {
    let h = hessian(at: vector([0.3, -2])) { $0[0] * $0[0] - $0[1] * $0[1] }
    #expect(h.doubles() == [2, 0, 0, -2])
  }

  // MARK: - Critical points

  private func toy(_ w: Tensor) -> Tensor { square(1 - w[0] * w[1]) }

  @Test func eigenvaluesTellTheKindOfACriticalPoint() {
    let saddle = CriticalPoint(at: vector([0, 0]), of: toy)
    #expect(saddle.kind == .saddle && saddle.gradientNorm == 0)
    expectClose(saddle.eigenvalues, [-2, 2], within: 1e-14)
    func kind(_ f: (Tensor, Tensor) -> Tensor) -> CriticalPoint.Kind {
      CriticalPoint(at: vector([0, 0])) { f($0[0], $0[1]) }.kind
    }
    #expect(kind { $0 * $0 + 3 * $1 * $1 } == .minimum)
    #expect(kind { -$0 * $0 - 3 * $1 * $1 } == .maximum)
    #expect(kind { $0 * $0 + $1 * $1 * $1 * $1 } == .undecided)
    #expect(kind { $0 + $1 * $1 } == .regular)
  }

  @Test func aNegativeEigenvectorLeadsAwayFromTheSaddle() throws {
    let origin = vector([0, 0])
    let half = (1.0 / 2).squareRoot()
    #expect(toy(origin).item() == 1)
    let direction = try #require(CriticalPoint(at: origin, of: toy).escapeDirection)
    expectClose(abs(direction), vector([half, half]), within: 1e-14)
    #expect(toy(origin + 0.5 * direction).item() < 0.8)
    #expect(toy(origin - 0.5 * direction).item() < 0.8)
    // Plain descent from the exact saddle stays for ever.
    let w = (0..<50).reduce(origin) { w, _ in w - 0.1 * gradient(at: w, of: toy) }
    #expect(w.doubles() == [0, 0])
  }

  @Test func theTaylorPolynomialsErrorFallsAsTheCube() {
    let x = Tensor.sample([4], 1, dtype: .float64)
    let step = Tensor.sample([4], 2, dtype: .float64)
    func loss(_ x: Tensor) -> Tensor { (exp(x) * x.flipped(axis: 0)).sum() }
    let polynomial = taylorPolynomial(at: x, of: loss)
    let errors = [0.04, 0.02, 0.01].map { h in
      abs((loss(x + h * step) - polynomial(h * step)).item())
    }
    for (larger, smaller) in zip(errors, errors.dropFirst()) {
      #expect(abs(larger / smaller - 8) < 0.5, "\(errors)")
    }
  }

  // MARK: - Convexity

  @Test func convexityOfThreeFunctions() {
    func violation(_ f: (Tensor) -> Tensor) -> Double {
      convexityViolation(
        between: Tensor(-2.0, dtype: .float64), Tensor(1.5, dtype: .float64), of: f)
    }
    #expect(violation { 0.5 * square($0) } <= 1e-15)
    #expect(violation { exp($0) } <= 1e-15)
    #expect(violation { cos(Double.pi * $0) } > 0.5)
  }

  /// A convex loss has one minimum, wherever one begins; a network's has several.
  @Test func softmaxRegressionEndsAtOneLossAPerceptronDoesNot() {
    let x = Tensor.sample([24, 2], 1, dtype: .float64)
    let labels = Tensor.sampleIndices([24], below: 3, 2).oneHot(3, dtype: .float64)
    func crossEntropy(_ logits: Tensor) -> Tensor { -(logSoftmax(logits) * labels).sum() / 24 }
    func linear(_ w: [Tensor]) -> Tensor { crossEntropy(matmul(x, w[0]) + w[1]) }
    func network(_ w: [Tensor]) -> Tensor { crossEntropy(matmul(tanh(matmul(x, w[0])), w[1])) }
    func spread(_ shapes: [Shape], steps: Int, _ loss: ([Tensor]) -> Tensor) -> Double {
      let ends = (0..<10).map { start -> Double in
        var w = shapes.enumerated().map {
          Tensor.sample($1, UInt64(100 * start + $0 + 5), dtype: .float64, scale: 2)
        }
        for _ in 0..<steps {
          let points = w.map { $0.source() }
          let slopes = gradients(of: loss(points), for: points)
          w = zip(points, slopes).map { $0 - 2 * $1 }
          Tensor.commit(w, results: [])
        }
        return loss(w).item()
      }
      return (ends.max() ?? 0) - (ends.min() ?? 0)
    }
    #expect(spread([[2, 3], [3]], steps: 250, linear) < 1e-6)
    #expect(spread([[2, 3], [3, 3]], steps: 250, network) > 1e-3)
  }

  // MARK: - Linear algebra

  @Test func ridgeMakesASingularMatrixInvertible() throws {
    let file = try SafeTensors(path: goldenPath("linear")).tensors()
    let (x, y) = (try #require(file["ridge/x"]), try #require(file["ridge/y"]))
    let gram = matmul(x.transposed(), x)
    #expect(matrixRank(gram).item() == 3, "of a matrix with 5 rows")
    // The plain inverse is no inverse, if there is one at all.
    let product = matmul(inverse(gram), gram) - Tensor.range(5).oneHot(5, dtype: .float64)
    #expect(!(abs(product).max().item() < 0.1))
    expectClose(
      ridgeRegression(x, y, alpha: 0.5), try #require(file["ridge/weights"]), within: 1e-8)
  }

  @Test func zcaWhiteningDecorrelates() throws {
    let file = try SafeTensors(path: goldenPath("linear")).tensors()
    let x = try #require(file["zca/x"])
    let whitening = ZCAWhitening(fitting: x, epsilon: 0)
    let y = whitening(x)
    expectClose(y, try #require(file["zca/output"]), within: 1e-10)
    let covariance = matmul(y.transposed(), y) * (1 / 59.0)
    expectClose(covariance, Tensor.range(4).oneHot(4, dtype: .float64), within: 1e-10)
    expectClose(whitening.matrix, whitening.matrix.transposed(), within: 1e-13)
    expectClose(whitening.inverted(y), x, within: 1e-10)
  }

  @Test func singularMatricesGiveNaN() {
    let singular = Tensor([1.0, 2, 2, 4], shape: [2, 2])
    #expect(solve(singular, Tensor([1.0, 1])).doubles().allSatisfy { $0.isNaN })
    #expect(inverse(singular).doubles().allSatisfy { $0.isNaN })
    #expect(determinant(singular).item() == 0)
    let (sign, logarithm) = logDeterminant(singular)
    #expect(sign.item() == 0 && logarithm.item() == -.infinity)
    let indefinite = Tensor([1.0, 2, 2, 1], shape: [2, 2])
    #expect(cholesky(indefinite).doubles().allSatisfy { $0.isNaN })
    let broken = Tensor([1.0, .nan, 2, 1], shape: [2, 2])
    #expect(eigh(broken).values.doubles().allSatisfy { $0.isNaN })
    #expect(svd(broken).s.doubles().allSatisfy { $0.isNaN })
    #expect(eig(broken).values.real.doubles().allSatisfy { $0.isNaN })
    #expect(
      triangularSolve(singular - singular, Tensor.ones([2, 1], dtype: .float64), isUpper: true)
        .doubles().allSatisfy { !$0.isFinite })
  }

  @Test func factorsHaveTheirSignsAndForms() {
    let a = Tensor.sample([3, 5, 4], 1, dtype: .float64)
    let one = Tensor.range(5).oneHot(5, dtype: .float64)
    let full = svd(a, isFull: true)
    #expect(full.u.shape == [3, 5, 5] && full.vTransposed.shape == [3, 4, 4])
    expectClose(
      matmul(full.u, full.u.transposed()), one.broadcast(to: [3, 5, 5]), within: 1e-13)
    let (q, r) = qr(a, isComplete: true)
    #expect(q.shape == [3, 5, 5] && r.shape == [3, 5, 4])
    expectClose(matmul(q, r), a, within: 1e-13)
    for matrix in 0..<3 { for i in 0..<4 { #expect(r[matrix][i][i].item() >= 0) } }
    let (p, l, u) = lu(a)
    expectClose(matmul(p, matmul(l, u)), a, within: 1e-13)
    let largest = abs(full.u).max(axes: [1]).slice(axis: 1, 0..<4)
    expectClose(full.u.max(axes: [1]).slice(axis: 1, 0..<4), largest, within: 0)
  }

  @Test func manyMatricesAtOnceGiveTheBitsOfEach() {
    let a = Tensor.sample([40, 12, 12], 1, dtype: .float64)
    let together = eigh(a).vectors
    let x = solve(a, Tensor.sample([12, 3], 2, dtype: .float64))
    for index in [0, 17, 39] {
      #expect(together[index].doubles() == eigh(a[index]).vectors.doubles())
      let alone = solve(a[index], Tensor.sample([12, 3], 2, dtype: .float64))
      #expect(x[index].doubles() == alone.doubles())
    }
  }

  @Test func shapeRulesOfLinearAlgebraNameTheAxis() {
    func sentence(_ primitive: some Primitive, _ inputs: [Tensor]) -> String {
      do throws(TensorError) {
        return "no error, \(try primitive.type(of: Operands(inputs)))"
      } catch { return error.description }
    }
    let (a, b) = (Tensor.zeros([2, 3]), Tensor.zeros([3, 3]))
    #expect(
      sentence(SymmetricEigen(), [a])
        == "eigh: needs square matrices, but axis -2 of [2, 3] has size 2 and axis -1 size 3")
    #expect(sentence(LinearSolve(), [b, a]).contains("solve: the matrix [3, 3] has 3 rows"))
    #expect(sentence(LinearSolve(), [b, b.cast(to: .float64)]).contains("float64"))
    #expect(sentence(SingularValues(isFull: false), [a.cast(to: .int64)]).contains("int64"))
    #expect(sentence(CholeskyFactor(), [Tensor.zeros([3])]).contains("[3]"))
    #expect(sentence(FourierTransform(isInverse: false), [a, b]).contains("fft: needs two parts"))
  }
}
