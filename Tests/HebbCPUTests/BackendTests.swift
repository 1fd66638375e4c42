import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// The CPU backend against the oracle.
@Suite struct BackendTests {
  @Test func theFastBackendIsLinked() {
    #expect(Hebb.backendName == "cpu")
    withReferenceBackend { #expect(Hebb.backendName == "reference") }
  }

  /// Forward and gradients of every primitive, in single and double precision.
  @Test(arguments: PrimitiveCase.all, [DType.float32, .float64])
  func agreesWithTheOracle(_ row: PrimitiveCase, _ dtype: DType) {
    for seed: UInt64 in 1...3 {
      let inputs = row.inputs(dtype, seed: seed)
      let expected = withReferenceBackend { Self.results(row, inputs) }
      let actual = Self.results(row, inputs)
      // Double precision differs only in the order of summation.
      let tolerance = dtype == .float64 ? 1e-12 : 3e-6
      for (a, e) in zip(actual, expected) { expectClose(a, e, within: tolerance, "\(row)") }
    }
  }

  static func results(_ row: PrimitiveCase, _ inputs: [Tensor]) -> [Tensor] {
    let sources = inputs.map { $0.source() }
    let value = row.function(sources)
    var results = [value.evaluated()]
    if row.isDifferentiable {
      let cotangent = Tensor.sample(value.shape, 77, dtype: value.dtype)
      results += gradients(of: value, for: sources, cotangent: cotangent)
    }
    Tensor.evaluate(results)
    return results
  }

  @Test(arguments: [DType.bfloat16, .float16])
  func narrowTypesAgreeWithTheOracle(_ dtype: DType) {
    let a = Tensor.sample([33, 20], 1, dtype: dtype)
    let b = Tensor.sample([20, 17], 2, dtype: dtype)
    let step = dtype == .bfloat16 ? 0x1p-7 : 0x1p-10
    func work() -> [Tensor] {
      let y = matmul(a, b)
      let z = sigmoid(y) * 3 + y.sum(axes: [0])
      return [y, z, softmax(z), (z .> 0).cast(to: dtype)].map { $0.evaluated() }
    }
    let expected = withReferenceBackend { work() }
    for (x, e) in zip(work(), expected) {
      expectClose(x.cast(to: .float32), e.cast(to: .float32), within: 2 * step)
    }
  }

  /// Random chains of operations over random shapes: fusion, views, broadcasting and reductions in
  /// combinations that nobody thought of.
  @Test(arguments: 0..<300) func randomGraphsAgreeWithTheOracle(_ seed: Int) {
    let graph = RandomGraph(seed: UInt64(seed))
    let expected = withReferenceBackend { graph.results() }
    let actual = graph.results()
    #expect(actual.count == expected.count)
    for (a, e) in zip(actual, expected) { expectClose(a, e, within: 1e-10, "seed \(seed)") }
  }

  @Test func sumsOfManyNumbersAreAccurate() {
    let x = Tensor.uniform([1 << 22], using: PhiloxGenerator(seed: 1))
    let exact = x.doubles().reduce(0, +)
    #expect(abs(x.sum().item() / exact - 1) < 1e-6)
  }

  @Test func randomNumbersDoNotDependOnTheThreadCount() {
    let generator = PhiloxGenerator(seed: 5, stream: 9)
    let before = Hebb.threads
    defer { Hebb.threads = before }
    var results: [[Float]] = []
    for threads in [1, 2] {
      Hebb.threads = threads
      results.append(Tensor.normal([100_001], using: generator).floats())
      results.append(Tensor.uniform([100_001], using: generator).floats())
    }
    #expect(results[0] == results[2] && results[1] == results[3])
  }

  @Test func indicesOutsideAreNotRead() {
    // The position is checked when the plan runs; within range nothing stops.
    let x = Tensor([1.0, 2, 3])
    #expect(x.gathering(Tensor([2, 0])).floats() == [3, 1])
  }

  @Test func severalTasksEvaluateAtOnce() async {
    await withTaskGroup(of: Double.self) { group in
      for task in 0..<8 {
        group.addTask {
          var total = 0.0
          for round in 0..<20 {
            let x = Tensor.sample([40, 30], UInt64(task * 100 + round), dtype: .float64)
            let value = matmul(x, x.transposed()).sum().item()
            let expected = square(x.sum(axes: [0])).sum().item()
            total += abs(value - expected)
          }
          return total
        }
      }
      for await error in group { #expect(error < 1e-9) }
    }
  }
}
