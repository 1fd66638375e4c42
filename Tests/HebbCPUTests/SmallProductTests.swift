import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Small products and products with vectors, which run in loops of their own.
@Suite struct SmallProductTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var a: Shape
    var b: Shape
    var testDescription: String { "\(a) \(b)" }
  }

  /// Outer products, rows and columns, batches of small ones, one factor for all, with widths below,
  /// at and above those of vectors.
  static let cases: [Case] = [
    Case(a: [6, 10, 1], b: [6, 1, 32]), Case(a: [640, 1], b: [1, 33]),
    Case(a: [5, 1], b: [1, 1]),
    Case(a: [6, 1, 10], b: [6, 10, 32]), Case(a: [1, 70], b: [70, 7]),
    Case(a: [1, 3], b: [3, 83]),
    Case(a: [70, 9], b: [9, 1]), Case(a: [3, 33], b: [33, 1]), Case(a: [4, 7, 5], b: [4, 5, 9]),
    Case(a: [4, 2, 16], b: [1, 16, 21]), Case(a: [1, 3, 17], b: [5, 17, 4]),
  ]

  /// The factors as they are, and each of them as a transposed view.
  @Test(arguments: cases, [0, 1, 2, 3]) func agreesWithTheOracle(_ shapes: Case, turned: Int) {
    let generator = PhiloxGenerator(seed: 5)
    func factor(_ label: String, _ shape: Shape, isTurned: Bool) -> Tensor {
      let plain = Tensor.normal(shape, using: generator.mixing(label))
      return isTurned ? plain.transposed().evaluated() : plain.evaluated()
    }
    let a = factor("a", shapes.a, isTurned: turned & 1 == 1)
    let b = factor("b", shapes.b, isTurned: turned & 2 == 2)
    let bias = Tensor.normal([shapes.b[shapes.b.rank - 1]], using: generator.mixing("bias"))
      .evaluated()
    func products() -> [Tensor] {
      let left = turned & 1 == 1 ? a.transposed() : a
      let right = turned & 2 == 2 ? b.transposed() : b
      let results = [matmul(left, right), matmul(left, right) + bias]
      Tensor.evaluate(results)
      return results
    }
    let expected = withReferenceBackend { products() }
    // Sums of at most 70 products of numbers of size 1, in single precision.
    for (actual, expected) in zip(products(), expected) {
      expectClose(actual, expected, within: 3e-6)
    }
  }

  /// Enough work for several threads; the order of the sums does not depend on them.
  @Test func sameBitsWithAnyThreads() {
    let generator = PhiloxGenerator(seed: 6)
    let a = Tensor.normal([500, 1, 40], using: generator.mixing("a")).evaluated()
    let b = Tensor.normal([500, 40, 24], using: generator.mixing("b")).evaluated()
    let threads = Hebb.threads
    defer { Hebb.threads = threads }
    Hebb.threads = 1
    let alone = matmul(a, b).floats()
    Hebb.threads = 3
    #expect(matmul(a, b).floats() == alone)
  }

  /// A row times the weights of a layer: threads share the columns.
  @Test func oneRow() {
    let generator = PhiloxGenerator(seed: 7)
    let x = Tensor.normal([1, 1100], using: generator.mixing("x")).evaluated()
    let weight = Tensor.normal([1003, 1100], using: generator.mixing("w")).evaluated()
    let bias = Tensor.normal([1003], using: generator.mixing("bias")).evaluated()
    func row() -> Tensor { (matmul(x, weight.transposed()) + bias).evaluated() }
    // Sums of 1,100 products of numbers of size 1.
    expectClose(row(), withReferenceBackend { row() }, within: 1e-5)
  }
}
