import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Results that are too large for the caches are written past them, a block or row behind the arithmetic:
/// a part computed by itself has to have the same bits.
@Suite struct LargeResultTests {
  private let rows = 1700
  private let columns = 4096

  @Test(arguments: [false, true]) func softmaxOfManyRows(isLogarithmic: Bool) {
    let x = Tensor.normal([rows, columns], using: PhiloxGenerator(seed: 1)).evaluated()
    func function(_ x: Tensor) -> Tensor {
      isLogarithmic ? logSoftmax(x, axis: -1) : softmax(x, axis: -1)
    }
    let whole = function(x).evaluated()
    // The first and last rows of both threads, and some between.
    for row in [0, 1, 777, rows / 2 - 1, rows / 2, rows - 1] {
      let alone = function(x[row..<row + 1].contiguous())
      // The small form scales exponentials, or subtracts two numbers from x, in another order.
      expectClose(whole[row..<row + 1], alone, within: 2e-6, "row \(row)")
    }
  }

  /// Rows that begin anywhere in a line of the cache and are longer than the first-level cache; one begins
  /// with blocks of -infinity.
  @Test func logarithmsOfLongRows() {
    let (rows, columns, hidden) = (212, 30_011, 5000)
    var values = Tensor.normal([rows * columns], using: PhiloxGenerator(seed: 3)).floats()
    for i in 0..<hidden { values[columns + i] = -.infinity }
    let x = Tensor(values, shape: [rows, columns])
    let whole = logSoftmax(x, axis: -1).evaluated()
    for row in [0, 1, 2, rows / 2, rows - 1] {
      let part = x[row..<row + 1].contiguous()
      let actual = whole[row..<row + 1].floats()
      // A truth is compared: of arrays that differ, all differences would be looked for.
      let isSame = actual == logSoftmax(part, axis: -1).floats()
      #expect(isSame, "row \(row)")
      let expected = withReferenceBackend { logSoftmax(part, axis: -1).floats() }
      // Logarithms near 11 have steps of 1e-6.
      let errors = zip(actual, expected).map { $0 == $1 ? 0 : abs($0 - $1) }
      #expect(errors.allSatisfy { $0 < 3e-6 }, "row \(row)")
    }
  }

  /// Sums of columns so many that their accumulators leave the first-level cache.
  @Test(arguments: [[37, 5001], [64, 4096]]) func sumsOfManyColumns(_ shape: Shape) {
    let x = Tensor.normal(shape, using: PhiloxGenerator(seed: 6)).evaluated()
    let expected = withReferenceBackend { x.sum(axes: [0]).evaluated() }
    // Eight numbers of about 1 are added as floats, the rest as doubles.
    expectClose(x.sum(axes: [0]), expected, within: 4e-6)
  }

  /// Rows that begin anywhere in a line of the cache.
  @Test func rowsOfOddWidth() {
    let width = columns + 3
    let x = Tensor.normal([rows, width], using: PhiloxGenerator(seed: 7)).evaluated()
    func centered(_ x: Tensor) -> Tensor { x - x.mean(axes: [-1], keepingDimensions: true) }
    let whole = centered(x).evaluated()
    for row in [0, 1, 2, 777, rows / 2, rows - 1] {
      let alone = centered(x[row..<row + 1].contiguous())
      // Sums of a row by itself may be shared by threads.
      expectClose(whole[row..<row + 1], alone, within: 1e-6, "row \(row)")
    }
  }

  @Test func elementwise() {
    let count = rows * columns + 5
    let x = Tensor.normal([count], using: PhiloxGenerator(seed: 2)).evaluated()
    let whole = (gelu(x * 1.5 + 0.5) + 0.25).evaluated()
    for start in [0, 4097, count / 2 - 33, count - 100] {
      let part = x[start..<start + 100].contiguous()
      let alone = gelu(part * 1.5 + 0.5) + 0.25
      #expect(whole[start..<start + 100].floats() == alone.floats(), "from \(start)")
    }
  }
}

extension Tensor {
  /// The same values in memory of their own.
  fileprivate func contiguous() -> Tensor { Tensor(floats(), shape: shape) }
}
