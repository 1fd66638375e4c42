import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// The primitive against its oracle, its composed form and numbers.
@Suite struct AttentionTests {
  /// One way to attend.
  struct Case: Sendable, CustomTestStringConvertible {
    var query: Shape
    var key: Shape
    var value: Shape
    var isCausal = false
    /// The shape of a mask, nil without.
    var mask: Shape?
    var isTruth = false
    var dropout = 0.0
    var testDescription: String {
      "\(query) \(key) \(value)\(isCausal ? " causal" : "")"
        + "\(mask.map { " mask \($0)\(isTruth ? " of truth" : "")" } ?? "") dropout \(dropout)"
    }

    func inputs(_ dtype: DType) -> [Tensor] {
      [query, key, value].enumerated().map {
        Tensor.sample($1, UInt64($0) + 7, dtype: .float64).cast(to: dtype).evaluated()
      }
    }

    /// A mask that hides no row as a whole.
    func maskTensor(_ dtype: DType) -> Tensor? {
      guard let mask else { return nil }
      let numbers = Tensor.sample(mask, 77, dtype: .float64)
      guard isTruth else { return numbers.cast(to: dtype).evaluated() }
      let keys = mask[mask.rank - 1]
      return ((numbers .> 0) .| (Tensor.range(keys) .== Tensor(0))).evaluated()
    }

    func callAsFunction(
      _ x: [Tensor], mask: Tensor?, composed: Bool, seed: UInt64 = 3
    ) -> Tensor {
      var options = AttentionOptions()
      (options.isCausal, options.dropout, options.scale) = (isCausal, dropout, 0.4)
      return attention(
        x[0], x[1], x[2], mask: mask, options, using: PhiloxGenerator(seed: seed),
        composed: composed)
    }
  }

  static let small: [Case] = [
    Case(query: [2, 3, 4], key: [2, 5, 4], value: [2, 5, 3]),
    Case(query: [2, 2, 4, 3], key: [2, 2, 4, 3], value: [2, 2, 4, 3], isCausal: true),
    Case(query: [5, 3], key: [3, 3], value: [3, 2], isCausal: true),
    Case(query: [3, 3], key: [6, 3], value: [6, 2], isCausal: true),
    Case(query: [2, 3, 4], key: [5, 4], value: [1, 5, 3], mask: [3, 5]),
    Case(
      query: [2, 2, 3, 4], key: [2, 2, 5, 4], value: [2, 2, 5, 4], mask: [2, 1, 1, 5], isTruth: true
    ),
    Case(query: [2, 3, 4], key: [2, 3, 4], value: [2, 3, 4], dropout: 0.4),
    Case(
      query: [2, 1, 3, 2], key: [2, 1, 5, 2], value: [2, 1, 5, 2], isCausal: true,
      mask: [2, 1, 3, 5],
      dropout: 0.3),
    Case(query: [2, 3, 4], key: [2, 3, 4], value: [2, 3, 4], dropout: 1),
  ]

  /// Sizes around those of blocks and registers.
  static let large: [Case] = [
    Case(
      query: [2, 3, 70, 64], key: [2, 3, 70, 64], value: [2, 3, 70, 64], isCausal: true,
      dropout: 0.2),
    Case(query: [1, 2, 129, 17], key: [1, 2, 65, 17], value: [1, 2, 65, 33]),
    Case(query: [2, 33, 5], key: [2, 200, 5], value: [2, 200, 70], isCausal: true),
    Case(
      query: [2, 200, 8], key: [2, 31, 8], value: [2, 31, 8], isCausal: true, mask: [200, 31]),
    Case(
      query: [3, 1, 24], key: [3, 77, 24], value: [3, 77, 24], mask: [3, 1, 77], isTruth: true),
    Case(
      query: [1, 1, 600, 16], key: [1, 1, 600, 16], value: [1, 1, 600, 16], isCausal: true,
      dropout: 0.1),
    Case(
      query: [1, 1, 90, 16], key: [1, 1, 1100, 16], value: [1, 1, 1100, 16], mask: [90, 1100],
      dropout: 0.5),
    Case(
      query: [2, 2, 96, 32], key: [2, 2, 96, 32], value: [2, 2, 96, 32], mask: [2, 1, 96, 96],
      isTruth: true),
  ]

  /// The value and the gradients along a random cotangent, that of an added mask last.
  static func results(_ row: Case, _ dtype: DType, composed: Bool) -> [Tensor] {
    var inputs = row.inputs(dtype).map { $0.source() }
    let mask = row.maskTensor(dtype).map { row.isTruth ? $0 : $0.source() }
    let y = row(inputs, mask: mask, composed: composed)
    let cotangent = Tensor.sample(y.shape, 99, dtype: .float64).cast(to: dtype)
    if let mask, !row.isTruth { inputs.append(mask) }
    return ([y] + gradients(of: (y * cotangent).sum(), for: inputs)).map { $0.evaluated() }
  }

  /// Both follow the same formulas in double precision: only the order of sums differs.
  @Test(arguments: small) func oracleAgreesWithTheComposedForm(_ row: Case) {
    let composed = Self.results(row, .float64, composed: true)
    let oracle = withReferenceBackend { Self.results(row, .float64, composed: false) }
    for (a, b) in zip(oracle, composed) { expectClose(a, b, within: 1e-12) }
  }

  /// Differences of float32 against double precision: sums of up to a thousand products.
  @Test(arguments: small + large) func kernelAgreesWithTheComposedForm(_ row: Case) {
    let kernel = Self.results(row, .float32, composed: false)
    let exact = Self.results(row, .float64, composed: true)
    for (a, b) in zip(kernel, exact) { expectClose(a.cast(to: .float64), b, within: 2e-5) }
  }

  @Test(arguments: small) func gradientAndItsGradient(_ row: Case) throws {
    let mask = row.maskTensor(.float64)
    withReferenceBackend {
      expectGradient(
        of: { row($0, mask: mask, composed: false) }, at: row.inputs(.float64), within: 1e-6)
      let slopesOfSlopes: ([Tensor]) -> Tensor = { x in
        let y = row(x, mask: mask, composed: false)
        let cotangent = Tensor.sample(y.shape, 98, dtype: .float64)
        let slopes = gradients(of: (y * sin(y) * cotangent).sum(), for: x)
        return slopes.enumerated().reduce(Tensor(0.0, dtype: .float64)) {
          $0
            + ($1.element * Tensor.sample($1.element.shape, UInt64($1.offset), dtype: .float64))
            .sum()
        }
      }
      expectGradient(of: slopesOfSlopes, at: row.inputs(.float64), within: 1e-5)
    }
  }

  @Test func bitsDependOnTheSeedAndNotOnThreads() {
    let row = Self.large[0]
    let before = Hebb.threads
    defer { Hebb.threads = before }
    func results(_ threads: Int) -> [[Float]] {
      Hebb.threads = threads
      return Self.results(row, .float32, composed: false).map { $0.floats() }
    }
    let one = results(1)
    for threads in [2, 3] { #expect(results(threads) == one) }
    let inputs = row.inputs(.float32)
    let (a, b) = (
      row(inputs, mask: nil, composed: false, seed: 1),
      row(inputs, mask: nil, composed: false, seed: 2)
    )
    #expect(a.floats() != b.floats())
  }

  @Test func dropoutKeepsTheMeanAndItsShare() {
    // Equal weights over equal values: each output is the kept share over 1 − p.
    let (queries, keys) = (200, 500)
    let zeros = Tensor.zeros([1, queries, 4])
    let ones = Tensor.ones([1, keys, 1])
    var options = AttentionOptions()
    options.dropout = 0.3
    let y = attention(
      zeros, Tensor.zeros([1, keys, 4]), ones, mask: nil, options,
      using: PhiloxGenerator(seed: 5), composed: false
    ).doubles()
    let mean = y.reduce(0, +) / Double(queries)
    // The share of 100,000 draws has a deviation of 0.00145, over 0.7 that is 0.002.
    #expect(abs(mean - 1) < 0.008)
    let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(queries - 1)
    // p / (1 − p) / keys, known to a tenth of its root mean square from 200 draws.
    #expect(abs(variance / (0.3 / 0.7 / 500) - 1) < 0.4)
    #expect(Set(y).count > 10)
  }

  @Test func aQueryThatSeesNothingGivesNoNumber() {
    let row = Case(query: [1, 3, 4], key: [1, 5, 4], value: [1, 5, 2])
    let mask = Tensor([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0] as [UInt8], shape: [3, 5])
      .cast(to: .bool)
    let y = row(row.inputs(.float32), mask: mask, composed: false)
    expectClose(y, row(row.inputs(.float32), mask: mask, composed: true), within: 1e-6)
    #expect(y.floats().map { $0.isNaN } == [false, false, true, true, false, false])
  }

  /// Offsets of a mask and weights may be large: the largest score of a row goes first.
  @Test func largeScoresDoNotOverflow() {
    let row = Case(query: [1, 40, 8], key: [1, 300, 8], value: [1, 300, 8], isCausal: true)
    let inputs = row.inputs(.float32)
    let large = [inputs[0] * 200, inputs[1] * 200, inputs[2]]
    let y = row(large, mask: nil, composed: false)
    let exact = row(large.map { $0.cast(to: .float64) }, mask: nil, composed: true)
    // Scores around 1e5 are known to about 0.01 in float32: rows that are nearly even differ.
    let close = zip(y.doubles(), exact.doubles()).count { abs($0 - $1) < 1e-3 }
    #expect(close > 300)
    #expect(!y.floats().contains { !$0.isFinite })
  }

  @Test func shapeRulesThrow() {
    func message(_ shapes: [Shape], _ options: AttentionOptions = .init()) -> String {
      do throws(TensorError) {
        _ = try Attention(options).type(of: Operands(shapes.map { Tensor.zeros($0) }))
        return ""
      } catch { return error.description }
    }
    #expect(message([[2, 3, 4], [2, 5, 4], [2, 5, 6]]) == "")
    #expect(message([[2, 3, 4], [2, 5, 3], [2, 5, 6]]).contains("have 4 features, keys have 3"))
    #expect(message([[2, 3, 4], [2, 5, 4], [2, 6, 6]]).contains("5 keys and 6 values"))
    #expect(message([[2, 3, 4], [1, 5, 4], [2, 5, 6]]).contains("differ in outer axes"))
    #expect(message([[3, 4], [5, 4], [5, 6]]).contains("3 to 7 axes"))
    var masked = AttentionOptions()
    masked.hasMask = true
    #expect(message([[2, 3, 4], [2, 5, 4], [2, 5, 6], [3, 5]], masked).contains("a mask is"))
  }
}
