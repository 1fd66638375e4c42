import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Quotients, roots and GELU of floats, which have kernels of their own on wide processors.
@Suite struct QuotientTests {
  private let special: [Float] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, 0x1p-126, 0x1p126,
    0x1p127,
    3, 1 / 3, 1e-30, 1e30, -7,
  ]

  @Test func quotientsAtTheEndsOfTheRange() {
    // Each with each, in vectors that mix them.
    let a = special.flatMap { x in special.map { _ in x } }
    let b = special.flatMap { _ in special }
    let y = (Tensor(a) / Tensor(b)).floats()
    for i in a.indices {
      let expected = a[i] / b[i]
      // Denormal results may be zero.
      let isTiny = abs(expected) < 0x1p-126 && abs(y[i]) < 0x1p-126
      #expect(
        y[i] == expected || y[i].isNaN && expected.isNaN || isTiny,
        "\(a[i]) / \(b[i]) = \(y[i]), expected \(expected)")
    }
  }

  @Test func quotientsOfWholeNumbersAreExact() {
    let b = (1...4096).map { Float($0) }
    let products = b.map { $0 * 3001 }
    #expect((Tensor(products) / Tensor(b)).floats().allSatisfy { $0 == 3001 })
  }

  @Test func quotientsAndRootsAreRight() {
    let generator = PhiloxGenerator(seed: 4)
    let x = Tensor.uniform([4000], using: generator).floats().map { $0 + 0x1p-20 }
    let y = Tensor.normal([4000], using: generator.mixing("y")).floats()
    let quotients = (Tensor(y) / Tensor(x)).floats()
    let roots = sqrt(Tensor(x)).floats()
    for i in x.indices {
      // One unit in the last place.
      #expect(abs(quotients[i] - y[i] / x[i]) <= (y[i] / x[i]).ulp, "\(y[i]) / \(x[i])")
      #expect(abs(roots[i] - x[i].squareRoot()) <= x[i].squareRoot().ulp, "sqrt \(x[i])")
    }
  }

  @Test func rootsAtTheEndsOfTheRange() {
    // Alone with zeros, and among others.
    for numbers in [special, [0, 4, 0, 9] + Array(repeating: 0, count: 12)] {
      let y = sqrt(Tensor(numbers)).floats()
      for (x, root) in zip(numbers, y) {
        let expected = x.squareRoot()
        #expect(
          abs(root - expected) <= expected.ulp || root == expected || root.isNaN && expected.isNaN,
          "sqrt \(x) = \(root)")
      }
    }
  }

  @Test func geluAndItsSlope() {
    let x = (-900...900).map { Double($0) / 100 }
    let input = Tensor(x.map { Float($0) }).source()
    let y = gelu(input)
    let slope = gradients(of: y.sum(), for: [input])[0]
    let wide = Tensor(x).source()
    let exact = gelu(wide)
    let exactSlope = gradients(of: exact.sum(), for: [wide])[0]
    // The table's error, 3e-8 and 6e-8, times |x| ≤ 9, and a rounding or two of numbers up to 9.
    for (i, (a, e)) in zip(y.doubles(), exact.doubles()).enumerated() {
      #expect(abs(a - e) <= 1e-7 * max(1, abs(x[i])) + 2e-7 * abs(e), "gelu \(x[i])")
    }
    expectClose(slope.doubles(), exactSlope.doubles(), within: 2e-7)
  }
}
