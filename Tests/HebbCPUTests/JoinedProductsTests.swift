import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Products that a fused loop joins with the additions that follow, and those that it must not join.
@Suite struct JoinedProductsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var function: @Sendable (_ a: Tensor, _ b: Tensor, _ c: Tensor) -> [Tensor]
  }

  static let cases: [Case] = [
    Case(testDescription: "sums and differences") { a, b, c in
      [a * b + c, c + a * b, a * b - c, c - a * b]
    },
    Case(testDescription: "by numbers") { a, b, c in
      [2.5 * a + c, a * b - 1.5, 3 - 2 * a, 2 * a + 1]
    },
    Case(testDescription: "read twice") { a, b, c in
      let product = a * b
      return [product + c, product - c, product + product]
    },
    Case(testDescription: "read and kept") { a, b, c in
      let product = a * b
      return [product, product + c]
    },
    Case(testDescription: "two products") { a, b, c in [a * b + b * c, a * b - b * c] },
    Case(testDescription: "one after the other") { a, b, c in
      var y = a
      for _ in 0..<6 { y = y * b + c }
      return [y]
    },
    Case(testDescription: "summed") { a, b, c in [(a * b + c).sum(), (a * b).sum() + c.sum()] },
  ]

  @Test(arguments: cases) func agreesWithTheOracle(_ example: Case) {
    let generator = PhiloxGenerator(seed: 3)
    let inputs = ["a", "b", "c"].map {
      Tensor.normal([37, 131], using: generator.mixing($0)).evaluated()
    }
    let actual = example.function(inputs[0], inputs[1], inputs[2])
    Tensor.evaluate(actual)
    let expected = withReferenceBackend {
      let expected = example.function(inputs[0], inputs[1], inputs[2])
      Tensor.evaluate(expected)
      return expected
    }
    // Sums of 4,847 numbers are as good as their parts; each part is off by some roundings.
    for (a, e) in zip(actual, expected) { expectClose(a, e, within: 2e-6) }
  }

  /// One rounding less: 1 + 2⁻¹² squared is no float, its distance to the float below it is.
  @Test func roundsOnce() {
    let x = Tensor([Float](repeating: 1 + 0x1p-12, count: 64))
    let y = x * x - Tensor([Float](repeating: 1 + 0x1p-11, count: 64))
    #expect(y.floats().allSatisfy { $0 == 0x1p-24 || $0 == 0 })
  }
}
