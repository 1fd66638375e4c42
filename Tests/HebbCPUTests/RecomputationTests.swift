import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// What the forward pass does not keep because the backward pass computes it again: results stay, and
/// memory shrinks.
@Suite(.serialized) struct RecomputationTests {
  private static let (batch, width, hidden, layers) = (257, 6, 1024, 4)
  private static let names = (0..<layers).flatMap { ["in\($0)", "out\($0)"] }

  private static func weights() -> [Tensor] {
    (0..<2 * layers).map { number in
      let shape: Shape = number.isMultiple(of: 2) ? [width, hidden] : [hidden, width]
      return Tensor.sample(shape, UInt64(number + 1), scale: 0.2)
    }
  }

  /// Blocks x + GELU(x A) B over rows that are seen through views, as in a Transformer.
  ///
  /// - Returns: A scalar, and the results of GELU.
  private static func loss(_ x: Tensor, _ weights: [Tensor]) -> (Tensor, [Tensor]) {
    var (x, results) = (x, [Tensor]())
    for layer in 0..<layers {
      let inner = matmul(x, weights[2 * layer]).reshaped(to: [1, batch, hidden])
      let result = gelu(inner)
      results.append(result)
      x = x + matmul(result.reshaped(to: [batch, hidden]), weights[2 * layer + 1])
    }
    return (square(x).sum(), results)
  }

  private static func slopes() -> [Tensor] {
    let sources = weights().map { $0.source() }
    return gradients(of: loss(.sample([batch, width], 99), sources).0, for: sources)
  }

  /// The memory of the plan that computes some values, without what it returns.
  private func arenaBytes(_ label: String, _ make: () -> [Tensor]) throws -> Int {
    let runs = PlanRecorder.record(.steps) { Tensor.evaluate(make()) }
    // Other tests run plans meanwhile.
    let plans = runs.compactMap(\.plan).filter { plan in
      plan.steps.contains { $0.label.hasPrefix(label) }
    }
    return try #require(plans.last).arenaBytes
  }

  @Test func resultsOfGELUAreNotKept() throws {
    let bytes = try arenaBytes("matmul [257, 6] [6, 1024]", Self.slopes)
    // The four operands of GELU, and two more values at a time where one is worked on.
    #expect(bytes < 7 * 4 * Self.batch * Self.hidden, "\(bytes)")
  }

  @Test func resultsOfGELUHaveTheSameBits() {
    let slopes = Self.slopes()
    Tensor.evaluate(slopes)
    let sources = Self.weights().map { $0.source() }
    let (loss, results) = Self.loss(.sample([Self.batch, Self.width], 99), sources)
    // What is held is kept.
    let kept = gradients(of: loss, for: sources)
    Tensor.evaluate(kept)
    withExtendedLifetime(results) {
      for (number, (slope, same)) in zip(slopes, kept).enumerated() {
        let isSame = slope.floats() == same.floats()
        #expect(isSame, "\(Self.names[number])")
      }
    }
  }

  /// Gradients of gradients, where what computes the slope waits for the products of the backward pass.
  @Test func secondDerivatives() {
    func second() -> [Tensor] {
      let sources = Self.weights().map { $0.source() }
      let loss = Self.loss(.sample([Self.batch, Self.width], 99, scale: 0.1), sources).0
      let norm = gradients(of: loss, for: sources).reduce(Tensor(0.0)) { $0 + square($1).sum() }
      return gradients(of: norm, for: Array(sources.prefix(2)))
    }
    let fast = second()
    Tensor.evaluate(fast)
    let oracle = withReferenceBackend {
      let values = second()
      Tensor.evaluate(values)
      return values
    }
    for (a, b) in zip(fast, oracle) {
      let scale = b.doubles().map { abs($0) }.max() ?? 1
      // Sums of 257 and 1024 products of single precision, several after another.
      expectClose(a.doubles(), b.doubles(), within: 1e-4 * scale)
    }
  }

  /// Of a normalization of rows, its operand and its result are kept, and not what lies between.
  @Test func normalizationsKeepOneValue() throws {
    let (rows, columns, layers) = (129, 1031, 6)
    func slopes() -> [Tensor] {
      let scales = (0..<layers).map { Tensor.sample([columns], UInt64($0)).source() }
      let weights = (0..<layers).map {
        Tensor.sample([columns, columns], UInt64(50 + $0), scale: 0.03).source()
      }
      var x = Tensor.sample([rows, columns], 60)
      for (scale, weight) in zip(scales, weights) {
        let centered = x - x.mean(axes: [-1], keepingDimensions: true)
        let variance = square(centered).mean(axes: [-1], keepingDimensions: true)
        x = x + matmul(centered * rsqrt(variance + 1e-5) * scale, weight)
      }
      return gradients(of: square(x).sum(), for: scales + weights)
    }
    let bytes = try arenaBytes("matmul [129, 1031] [1031, 1031]", slopes)
    // Two values of each layer, and some more where one is worked on.
    let limit = 4 * rows * columns * (2 * layers + 5)
    #expect(bytes < limit, "\(bytes) of \(limit)")
  }
}
