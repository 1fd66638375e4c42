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
}
