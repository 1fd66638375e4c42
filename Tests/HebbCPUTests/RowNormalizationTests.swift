import CHebbKernels
import Glibc
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Loops along rows against the oracle: normalization with its gradient, and sums of exponentials.
@Suite struct RowNormalizationTests {
  private func normal(_ shape: Shape, _ name: String) -> Tensor {
    Tensor.normal(shape, using: PhiloxGenerator(seed: 8).mixing(name)).evaluated()
  }

  /// Calls `body` at every vector level that this processor has.
  private func atEveryLevel(_ body: (Int32) -> Void) {
    let best = hebb_vector_level()
    defer { hebb_set_vector_level(0) }
    for level in 1...best {
      hebb_set_vector_level(level)
      body(level)
    }
  }

  /// Rests of registers, rows longer than a stretch of float sums, more and fewer rows than parts.
  @Test(arguments: [
    [1, 1], [3, 5], [70, 16], [200, 33], [129, 100], [5, 4131], [2, 9000], [300, 256],
  ]) func layerNormalizationAndItsGradients(_ shape: Shape) {
    // Far from zero: what is missing of a mean or counted too often shows.
    let x = (normal(shape, "x") * 2 + 3).evaluated()
    let (scale, shift) = (normal([shape[1]], "scale"), normal([shape[1]], "shift"))
    let along = normal(shape, "along")
    func results() -> [Tensor] {
      let sources = [x, scale, shift].map { $0.source() }
      let y = layerNormalization(
        sources[0], scale: sources[1], shift: sources[2], epsilon: 1e-3)
      return [y] + gradients(of: (y * along).sum(), for: sources)
    }
    let expected = withReferenceBackend { results().map { $0.evaluated() } }
    atEveryLevel { level in
      let found = results().map { $0.evaluated() }
      for (index, (a, b)) in zip(found, expected).enumerated() {
        // Deviations from a mean of 3 carry its rounding, 3 · 2⁻²⁴, times slopes of a few.
        expectClose(a, b, within: 3e-6, "result \(index) at level \(level)")
      }
    }
  }

  /// Past the caches, with streaming stores: a row by itself has the same bits.
  @Test func largeLayerNormalization() {
    let x = (normal([9000, 704], "x") + 1).evaluated()
    let (scale, shift) = (normal([704], "scale"), normal([704], "shift"))
    let whole = layerNormalization(x, scale: scale, shift: shift).evaluated()
    for row in [0, 1, 4499, 4500, 8999] {
      let alone = layerNormalization(
        Tensor(x[row..<row + 1].floats(), shape: [1, 704]), scale: scale, shift: shift)
      let isSame = whole[row..<row + 1].floats() == alone.floats()
      #expect(isSame, "row \(row)")
    }
  }

  /// Gradients of scale and shift are sums over rows in an order of their own.
  @Test func gradientsDoNotDependOnThreads() {
    let (rows, n) = (1000, 64)
    let (dy, x) = (normal([rows, n], "dy").floats(), normal([rows, n], "x").floats())
    let scale = normal([n], "scale").floats()
    func results(_ threads: Int32) -> [Float] {
      let bytes = hebb_layer_norm_scratch_bytes(Int64(rows), Int64(n), false)
      var scratch = [Float](repeating: 0, count: Int(bytes) / 4)
      var result = [Float](repeating: 0, count: rows * n + 2 * n)
      hebb_layer_norm_gradient(
        dy, x, scale, &result, Int64(rows), Int64(n), 1e-5, false, &scratch, threads)
      return result
    }
    let one = results(1)
    for threads in [2, 3] as [Int32] {
      let isSame = results(threads) == one
      #expect(isSame, "\(threads) threads")
    }
  }

  @Test(arguments: [1, 3, 15, 16, 17, 33, 100, 2047, 2048, 4096, 5003])
  func logarithmsOfSums(columns: Int) {
    for rows in [1, 7] {
      let x = (normal([rows, columns], "x") * 20).evaluated()
      let expected = withReferenceBackend { logSumExp(x, axes: [-1]).evaluated() }
      atEveryLevel { level in
        expectClose(logSumExp(x, axes: [-1]), expected, within: 1e-6, "level \(level)")
      }
    }
  }

  @Test(arguments: [2, 40, 5000]) func logarithmsOfSumsOfWhatIsNotFinite(columns: Int) {
    func total(_ one: Float, _ others: Float) -> Float {
      var row = [Float](repeating: others, count: columns)
      row[columns / 2] = one
      return logSumExp(Tensor(row, shape: [1, columns]), axes: [-1]).floats()[0]
    }
    let infinity = Float.infinity
    #expect(total(-infinity, -infinity) == -infinity)
    #expect(total(infinity, 1) == infinity)
    #expect(total(infinity, -infinity) == infinity)
    #expect(total(2, -infinity) == 2)
    #expect(total(.nan, 1).isNaN)
    #expect(total(.nan, infinity).isNaN)
  }

  /// A cross-entropy near zero beside scores of a thousand keeps its digits; so do its slopes.
  @Test(arguments: [3, 40, 5003]) func smallLossesBesideLargeScores(classes: Int) {
    var row = [Float](repeating: 1_000, count: classes)
    row[1] = 1_010
    let x = Tensor(row, shape: [1, classes])
    let label = Tensor([1], shape: [1, 1])
    func loss(_ x: Tensor) -> Tensor { logSumExp(x, less: x.takingAlong(label, axis: -1)).sum() }
    let others = Double(classes - 1) * exp(-10.0)
    atEveryLevel { level in
      let found = Double(loss(x).item())
      // What is added to the largest's lane is rounded as often as it is added.
      let bound = 2e-7 + 3e-9 * Double(classes)
      #expect(abs(found - log(1 + others)) < bound, "level \(level)")
    }
    let slope = gradient(at: x) { loss($0) }.floats()
    #expect(abs(Double(slope[0]) - exp(-10) / (1 + others)) < 1e-5 * exp(-10))
  }

  /// Also where nobody asks for the loss.
  @Test func gradientsStopAtLabelsOutOfRange() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor.zeros([2, 3]).source()
      let loss = logSumExp(x, less: x.takingAlong(Tensor([1, 3], shape: [2, 1]), axis: -1)).sum()
      _ = gradients(of: loss, for: [x])[0].floats()
    }
    let sentence = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(sentence.contains("index 3"), "\(sentence)")
  }

  /// Where there is one label for each row, its slope is chosen in the loop of the softmax.
  @Test(arguments: [3, 300, 5003]) func slopesOfLabels(classes: Int) {
    let x = normal([11, classes], "x")
    let labels = Tensor((0..<11).map { Int64($0 * 7919 % classes) }, shape: [11, 1])
    let weights = normal([11, 1], "weights")
    func slopes(_ loss: (Tensor) -> Tensor) -> Tensor {
      gradient(at: x) { (loss($0) * weights).sum() }
    }
    let found = slopes {
      logSumExp($0, less: $0.takingAlong(labels, axis: -1))
    }
    let expected = withReferenceBackend {
      let ones = labels.squeezingShape(at: -1).oneHot(classes)
      return slopes { -(logSoftmax($0) * ones).sum(axes: [-1], keepingDimensions: true) }
        .evaluated()
    }
    expectClose(found, expected, within: 1e-6)
  }
}
