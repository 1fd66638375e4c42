import HebbCore
import HebbTestSupport
import Testing

/// Which type each operation gets within `withAutocast`, and where its gradients arrive.
@Suite struct AutocastTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: DType
    let result: @Sendable (_ single: Tensor, _ narrow: Tensor) -> Tensor

    init(
      _ name: String, _ expected: DType, _ result: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) { (self.name, self.expected, self.result) = (name, expected, result) }

    var testDescription: String { name }
  }

  /// x is `float32`, b the same numbers as `bfloat16`, both `[4, 4]` and above 0.
  static let rows: [Row] = [
    Row("matmul", .bfloat16) { x, _ in matmul(x, x) },
    Row("matmul of both types", .bfloat16) { x, b in matmul(x, b) },
    Row("matmul of a vector", .bfloat16) { x, _ in matmul(x, x[0]) },
    Row("affine", .bfloat16) { x, _ in affine(x, x, x[0]) },
    Row("einsum", .bfloat16) { x, _ in einsum("ij,jk->ik", x, x) },
    Row("convolution", .bfloat16) { x, _ in
      convolution(
        x.reshaped(to: [1, 1, 4, 4]), x[0..<2, 0..<2].reshaped(to: [1, 1, 2, 2]), x[0][0..<1])
    },
    Row("transposedConvolution", .bfloat16) { x, _ in
      transposedConvolution(x.reshaped(to: [1, 1, 4, 4]), x.reshaped(to: [1, 1, 4, 4]))
    },
    Row("lstmSequence", .bfloat16) { x, _ in
      let gates = concatenate([x, x, x, x], axis: 1).reshaped(to: [4, 1, 16])
      return lstmSequence(
        gates, concatenate([x, x, x, x]), hidden: x[0..<1], cell: x[0..<1]
      ).hidden
    },
    Row("gruSequence", .bfloat16) { x, _ in
      let gates = concatenate([x, x, x], axis: 1).reshaped(to: [4, 1, 12])
      return gruSequence(gates, concatenate([x, x, x]), bias: x[0], hidden: x[0..<1])
    },
    Row("sum", .float32) { _, b in b.sum() },
    Row("mean", .float32) { _, b in b.mean(axes: [0]) },
    Row("product", .float32) { _, b in b.product() },
    Row("variance", .float32) { _, b in b.variance(axes: [1]) },
    Row("norm", .float32) { _, b in b.norm() },
    Row("maximum of all", .bfloat16) { _, b in b.max() },
    Row("cumulativeSum", .float32) { _, b in b.cumulativeSum(axis: 0) },
    Row("softmax", .float32) { _, b in softmax(b) },
    Row("logSoftmax", .float32) { _, b in logSoftmax(b) },
    Row("exp", .float32) { _, b in exp(b) },
    Row("log", .float32) { _, b in log(b) },
    Row("power", .float32) { _, b in power(b, 3) },
    Row("square", .float32) { _, b in square(b) },
    Row("rsqrt", .float32) { _, b in rsqrt(b) },
    Row("softplus", .float32) { _, b in softplus(b) },
    Row("choleskyFactor", .float32) { _, b in
      cholesky(Tensor.identity(4).cast(to: b.dtype) * 5 + b)
    },
    Row("relu", .bfloat16) { _, b in relu(b) },
    Row("gelu", .bfloat16) { _, b in gelu(b) },
    Row("geluTanh", .bfloat16) { _, b in geluTanh(b) },
    Row("silu", .bfloat16) { _, b in silu(b) },
    Row("mish", .bfloat16) { _, b in mish(b) },
    Row("elu", .bfloat16) { _, b in elu(b) },
    Row("tanh", .bfloat16) { _, b in tanh(b) },
    Row("prelu", .bfloat16) { x, b in prelu(b, slope: x[0][0..<1]) },
    Row("a number", .bfloat16) { _, b in 2 * b + 1 },
    Row("add", .float32) { x, b in b + x },
    Row("subtract", .float32) { x, b in x - b },
    Row("select", .float32) { x, b in select(x .> 0, b, x) },
    Row("concatenate", .float32) { x, b in concatenate([b, x]) },
    Row("stack", .float32) { x, b in stack([x, b]) },
    Row("gathering", .float32) { x, _ in x.gathering(Tensor([1, 0])) },
    Row("maxPool", .bfloat16) { _, b in
      maxPool(b.reshaped(to: [1, 1, 4, 4]), PoolGeometry(kernel: [2, 2], stride: [2, 2]))
    },
    Row("float64 beside float32", .float64) { x, b in x.cast(to: .float64) * b },
    Row("matmul float64", .float64) { x, _ in matmul(x.cast(to: .float64), x.cast(to: .float64)) },
    Row("attention", .bfloat16) { x, _ in
      let heads = x.reshaped(to: [1, 4, 4])
      return attention(heads, heads, heads, mask: nil, AttentionOptions(), using: nil)
    },
    Row("attention with a mask of numbers", .bfloat16) { x, _ in
      let heads = x.reshaped(to: [1, 4, 4])
      return attention(heads, heads, heads, mask: x, AttentionOptions(), using: nil)
    },
  ]

  private static let numbers = abs(Tensor.sample([4, 4], 3)) + 0.5

  @Test(arguments: rows) func givesTheTypeOfTheLists(_ row: Row) {
    let x = Self.numbers.evaluated()
    let b = x.cast(to: .bfloat16).evaluated()
    let y = withAutocast(.bfloat16) { row.result(x, b) }
    #expect(y.dtype == row.expected)
    // And it can be computed, near to what float32 gives: half a unit of 8 bits for each of some roundings.
    let exact = row.result(x.cast(to: .float64), b.cast(to: .float64))
    let largest = exact.doubles().map(abs).max() ?? 1
    for (a, e) in zip(y.doubles(), exact.doubles()) { #expect(abs(a - e) <= 0x1p-5 * largest) }
  }

  /// Every row that can be differentiated: slopes have the types of what they belong to, and are near to
  /// those of `float32`.
  @Test(arguments: rows) func gradientsArriveInTheTypeOfTheirTensors(_ row: Row) {
    let x = Self.numbers.evaluated().source()
    let b = Self.numbers.cast(to: .bfloat16).evaluated().source()
    // Inside of the scope as well: rules follow the types of what was recorded.
    let (slopes, outside) = withAutocast(.bfloat16) {
      let y = row.result(x, b)
      let cotangent = Tensor.sample(y.shape, 9).cast(to: y.dtype)
      return (
        gradients(of: y, for: [x, b], cotangent: cotangent),
        withAutocast(nil) { gradients(of: y, for: [x, b], cotangent: cotangent) }
      )
    }
    #expect(slopes[0].dtype == .float32 && slopes[1].dtype == .bfloat16)
    for (inner, outer) in zip(slopes, outside) { #expect(inner.doubles() == outer.doubles()) }
    let wide = [x, b].map { $0.cast(to: .float64).evaluated().source() }
    let y = row.result(wide[0], wide[1])
    let exact = gradients(of: y, for: wide, cotangent: Tensor.sample(y.shape, 9, dtype: .float64))
    for (slope, exact) in zip(slopes, exact) {
      let largest = exact.doubles().map(abs).max() ?? 1
      // Several roundings of 2⁻⁹ forward and backward.
      for (a, e) in zip(slope.doubles(), exact.doubles()) {
        #expect(abs(a - e) <= 0x1p-4 * largest)
      }
    }
  }

  @Test func operandsAreRoundedAndSumsAreNot() {
    // 1 + 2⁻⁹ becomes 1; 256 products of 1 · 1 and one of 1 · ½ are exact in float32 and rounded once.
    let x = Tensor.full([1, 257], 1 + 0x1p-9)
    var w = [Double](repeating: 1, count: 257)
    w[256] = 0.5
    let y = withAutocast(.bfloat16) { matmul(x, Tensor(w, shape: [257, 1]).cast(to: .float32)) }
    #expect(y.doubles() == [256])
    let z = withAutocast(.bfloat16) { matmul(x * 0.5, Tensor.full([257, 1], 2)) }
    // 257 lies in the middle of 256 and 258; even is 256. Sums in 8 bits would stay at 256 as well, but
    // 255 + 4 · ½ would not become 257 → 256 from 512 halves.
    #expect(z.doubles() == [256])
    let halves = withAutocast(.bfloat16) {
      matmul(Tensor.full([1, 1024], 0.5), Tensor.full([1024, 1], 1))
    }
    #expect(halves.doubles() == [512])
  }

  @Test func aWeightIsRoundedOnce() {
    let w = Tensor.sample([6, 5], 1).evaluated().source()
    let x = Tensor.sample([3, 5], 2).evaluated()
    let loss = withAutocast(.bfloat16) { matmul(tanh(affine(x, w, nil)), w).sum() }
    let slope = gradients(of: loss, for: [w])[0]
    // Turned and as it is, forward and backward: equal conversions are one value of the plan.
    let plans = PlanRecorder.record(.steps) { _ = slope.floats() }
    #expect(!plans.isEmpty)
    let graph = slope.graphDOT
    let roundings = graph.split(separator: "\n").count { $0.contains("cast\\n[6, 5] bfloat16") }
    #expect(roundings <= 2, "\(graph)")
  }

  @Test func scopesEndAndNest() {
    let x = Self.numbers
    #expect(matmul(x, x).dtype == .float32)
    withAutocast(.bfloat16) {
      #expect(matmul(x, x).dtype == .bfloat16)
      withAutocast(nil) { #expect(matmul(x, x).dtype == .float32) }
      #expect(matmul(x, x).dtype == .bfloat16)
    }
    #expect(matmul(x, x).dtype == .float32)
    struct Failure: Error {}
    #expect(throws: Failure.self) { try withAutocast(.bfloat16) { throw Failure() } }
    #expect(matmul(x, x).dtype == .float32)
  }

  @Test func onlyBFloat16IsTaken() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { withAutocast(.float16) {} }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("expects bfloat16"))
  }

  /// What is computed again for the gradient is computed in the same types.
  @Test func checkpointsRemember() {
    let w = Tensor.sample([5, 5], 1).evaluated().source()
    let x = Tensor.sample([3, 5], 2).evaluated().source()
    func slopes(_ body: @escaping (Tensor) -> Tensor) -> [[Double]] {
      let y = withAutocast(.bfloat16) { body(x).sum() }
      return gradients(of: y, for: [w, x]).map { $0.doubles() }
    }
    let plain = slopes { tanh(matmul($0, w)) }
    let again = slopes { checkpoint($0) { tanh(matmul($0, w)) } }
    #expect(plain == again)
  }

  @Test func otherTasksAreNotConcerned() async {
    let x = Self.numbers
    await withTaskGroup(of: DType.self) { group in
      group.addTask { withAutocast(.bfloat16) { matmul(x, x).dtype } }
      var types: Set<DType> = []
      for await type in group { types.insert(type) }
      #expect(types == [.bfloat16])
    }
    #expect(matmul(x, x).dtype == .float32)
  }
}
