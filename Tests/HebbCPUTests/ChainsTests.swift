import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Loops that run rows by rows one after the other.
@Suite struct ChainsTests {
  /// Expressions whose loops join to chains, over so many rows that they are cut into chunks.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var shapes: [Shape]
    var function: @Sendable ([Tensor]) -> Tensor

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "layer normalization", shapes: [[700, 96], [96], [96]]) { x in
      let centered = x[0] - x[0].mean(axes: [-1], keepingDimensions: true)
      let variance = square(centered).mean(axes: [-1], keepingDimensions: true)
      return centered * rsqrt(variance + 1e-5) * x[1] + x[2]
    },
    Case(name: "rows of two axes", shapes: [[40, 31, 2, 24], [2, 24]]) { x in
      let length = square(x[0]).sum(axes: [-2, -1], keepingDimensions: true)
      return x[0] * rsqrt(length + 1) * x[1]
    },
    Case(name: "softmax by hand, twice", shapes: [[601, 80]]) { x in
      func normalized(_ x: Tensor) -> Tensor {
        let y = exp(x - stopGradient(x.max(axes: [-1], keepingDimensions: true)))
        return y / y.sum(axes: [-1], keepingDimensions: true)
      }
      return normalized(normalized(x[0]) * 20)
    },
    // The second loop reads rows of the first in another order, which no chain may do.
    Case(name: "transposed between", shapes: [[160, 160], [160]]) { x in
      let y = x[0] * (1 / (1 + square(x[0]).sum(axes: [-1], keepingDimensions: true)))
      let z = y + y.transposed()
      return z * sigmoid(z.sum(axes: [-1], keepingDimensions: true)) * x[1]
    },
    // Sums over the rows that a later loop needs as a whole.
    Case(name: "over rows and along them", shapes: [[500, 64], [64]]) { x in
      let y = x[0] - x[0].mean(axes: [-1], keepingDimensions: true)
      let scale = rsqrt(square(y).sum(axes: [0], keepingDimensions: true) + 1)
      return y * scale * sigmoid(y.sum(axes: [-1], keepingDimensions: true)) * x[1]
    },
    Case(name: "a part of the rows", shapes: [[300, 100]]) { x in
      let y = x[0] * (1 + x[0].sum(axes: [-1], keepingDimensions: true) * 0.1)
      let part = y[0..<200]
      return part / (1 + abs(part).sum(axes: [-1], keepingDimensions: true))
    },
  ]

  @Test(arguments: cases, [DType.float32, .float64])
  func agreesWithTheOracle(_ row: Case, _ dtype: DType) {
    let inputs = row.shapes.enumerated().map { Tensor.sample($1, UInt64($0), dtype: dtype) }
    func results() -> [Tensor] {
      let sources = inputs.map { $0.source() }
      let y = row.function(sources)
      let cotangent = Tensor.sample(y.shape, 77, dtype: dtype)
      let all = gradients(of: y, for: sources, cotangent: cotangent) + [y]
      Tensor.evaluate(all)
      return all
    }
    let expected = withReferenceBackend { results() }
    // Double precision differs only in the order of summation.
    let tolerance = dtype == .float64 ? 1e-11 : 2e-5
    for (a, e) in zip(results(), expected) { expectClose(a, e, within: tolerance, row.name) }
  }

  @Test func bitsAreThoseOfEveryRun() {
    let x = Tensor.sample([900, 128], 3)
    func run() -> [[Float]] {
      let source = x.source()
      let y = Self.cases[0].function([source, Tensor.ones([128]), Tensor.zeros([128])])
      return [y.floats(), gradients(of: square(y).sum(), for: [source])[0].floats()]
    }
    #expect(run() == run())
  }
}
