import HebbCore
import HebbTestSupport
import Testing

/// Maps of derivatives, custom rules, checkpoints, and the graph as text.
@Suite struct DerivativeTests {
  private let a = Tensor.sample([3, 4], 1, dtype: .float64)
  private let x = Tensor.sample([4], 2, dtype: .float64)

  private func function(_ x: Tensor) -> Tensor { tanh(matmul(a, x)) * x.sum() }

  @Test func vjpAndJVPAreProductsWithTheJacobian() {
    let j = jacobian(at: x, of: function)
    let (u, v) = (Tensor.sample([3], 3, dtype: .float64), Tensor.sample([4], 4, dtype: .float64))
    let (value, pullback) = vjp(at: x, of: function)
    expectClose(value, function(x), within: 1e-15)
    expectClose(pullback(u), matmul(u, j), within: 1e-14)
    expectClose(pullback(2 * u), 2 * matmul(u, j), within: 1e-14)
    let forward = jvp(at: x, along: v, of: function)
    expectClose(forward.value, function(x), within: 1e-15)
    expectClose(forward.derivative, matmul(j, v), within: 1e-14)
  }

  @Test func jvpAlongSeveralInputsAddsUp() {
    let b = Tensor.sample([4], 5, dtype: .float64)
    let (v, w) = (Tensor.sample([4], 6, dtype: .float64), Tensor.sample([4], 7, dtype: .float64))
    let result = jvp(at: [x, b], along: [v, w]) { exp($0[0]) * $0[1] }
    expectClose(result.derivative, exp(x) * b * v + exp(x) * w, within: 1e-13)
  }

  @Test func jacobianAndHessianOfSeveralInputs() {
    let b = Tensor.sample([4], 5, dtype: .float64)
    let both = jacobian(at: [x, b]) { $0[0] * square($0[1]) }
    let one = Tensor.range(4).oneHot(4, dtype: .float64)
    expectClose(both[0], one * square(b), within: 1e-14)
    expectClose(both[1], one * (2 * x * b), within: 1e-14)
    let h = hessian(at: [x, b]) { ($0[0] * square($0[1])).sum() }
    expectClose(h[0][0], Tensor.zeros([4, 4], dtype: .float64), within: 0)
    expectClose(h[0][1], one * (2 * b), within: 1e-14)
    expectClose(h[1][0], h[0][1].transposed(), within: 1e-14)
    expectClose(h[1][1], one * (2 * x), within: 1e-14)
  }

  @Test func aCustomRuleReplacesTheGradient() {
    // A straight-through estimate: rounding passes the gradient on.
    let x = Tensor([0.4, 1.6, -2.3] as [Double]).source()
    let y = withCustomGradient([x]) {
      round($0[0])
    } backward: { dy, _, _ in
      [dy]
    }
    #expect(y.doubles() == [0, 2, -2])
    #expect(gradients(of: (y * y).sum(), for: [x])[0].doubles() == [0, 4, -4])
  }

  @Test func aCustomRuleMayLeaveAnInputOut() {
    let (x, y) = (Tensor([2.0]).source(), Tensor([3.0]).source())
    let z = withCustomGradient([x, y]) {
      $0[0] * $0[1]
    } backward: { dz, inputs, _ in
      [dz * inputs[1], nil]
    }
    let slopes = gradients(of: z.sum(), for: [x, y])
    #expect(slopes[0].floats() == [3] && slopes[1].floats() == [0])
  }

  /// A chain of layers with captured weights, each one a checkpoint or not.
  private func chain(
    _ input: Tensor, _ weights: [Tensor], isCheckpointed: Bool
  ) -> Tensor {
    weights.reduce(input) { x, w in
      func block(_ x: Tensor) -> Tensor { (0..<6).reduce(x) { y, _ in tanh(matmul(y, w)) } }
      return isCheckpointed ? checkpoint(x, block) : block(x)
    }
  }

  @Test func checkpointsGiveEqualGradientsInLessMemory() {
    let input = Tensor.sample([2048, 32], 1).source()
    let weights = (0..<6).map { Tensor.sample([32, 32], UInt64($0 + 2), scale: 0.2).source() }
    func run(isCheckpointed: Bool) -> (gradients: [Tensor], peak: Int) {
      let before = MemoryStatistics.current.liveBytes
      MemoryStatistics.resetPeak()
      let loss = square(chain(input, weights, isCheckpointed: isCheckpointed)).mean()
      let slopes = gradients(of: loss, for: [input] + weights)
      Tensor.evaluate(slopes + [loss])
      return (slopes, MemoryStatistics.current.peakBytes - before)
    }
    let plain = run(isCheckpointed: false)
    let saving = run(isCheckpointed: true)
    for (a, e) in zip(saving.gradients, plain.gradients) { expectClose(a, e, within: 1e-6) }
    // 36 activations against 6 inputs of blocks and the 6 activations of one block.
    #expect(
      Double(saving.peak) < 0.6 * Double(plain.peak), "\(saving.peak) and \(plain.peak) bytes")
  }

  @Test func checkpointsOfSeveralInputsAndTiedWeights() {
    // The weight is used inside, outside and before the checkpoint.
    let w = Tensor.sample([4, 4], 3, dtype: .float64).source()
    let (x, y) = (x.source(), Tensor.sample([4], 4, dtype: .float64).source())
    func loss(isCheckpointed: Bool) -> Tensor {
      let h = matmul(w, x)
      let f: ([Tensor]) -> Tensor = { tanh(matmul(w, $0[0]) * $0[1]) + h }
      return square(matmul(w, isCheckpointed ? checkpoint([h, y], f) : f([h, y]))).sum()
    }
    let expected = gradients(of: loss(isCheckpointed: false), for: [w, x, y])
    let actual = gradients(of: loss(isCheckpointed: true), for: [w, x, y])
    for (a, e) in zip(actual, expected) { expectClose(a, e, within: 1e-14) }
  }

  @Test func secondDerivativesOfCheckpointsAreRefused() async {
    await #expect(processExitsWith: .failure) {
      let h = hessian(at: Tensor([1.0, 2])) { x in checkpoint(x) { exp($0) }.sum() }
      _ = h.doubles()
    }
  }

  @Test func theGraphAsTextHasEveryOperationAndEdge() {
    let x = Tensor([1.0, 2]).source()
    let text = (exp(x) * 3 + x).sum().graphDOT
    #expect(text.hasPrefix("digraph {\n") && text.hasSuffix("}\n"))
    for part in [
      "exp\\nfloat64[2]", "multiply", "add", "sum\\nfloat64[]", "constant 3.0", "source",
    ] {
      #expect(text.contains(part), "\(part) is not in \(text)")
    }
    // exp: 1, multiply: 2, add: 2, sum: 1.
    #expect(text.split(separator: "\n").filter { $0.contains("->") }.count == 6)
  }
}
