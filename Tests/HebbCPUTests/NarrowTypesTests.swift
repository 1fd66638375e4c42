import CHebbKernels
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// 16-bit numbers in plans: rounding, and operations that compute in `float32`.
@Suite(.serialized) struct NarrowTypesTests {
  /// With each width of vectors that the processor has.
  private func withEachLevel(_ body: (Int32) throws -> Void) rethrows {
    let best = hebb_vector_level()
    defer { hebb_set_vector_level(0) }
    for level in 1...max(best, 1) {
      hebb_set_vector_level(level)
      try body(level)
    }
  }

  /// Bits of floats with the bits of the nearest bfloat16 number, by IEEE 754's rule.
  private static let edges: [(UInt32, UInt16)] = [
    (0x0000_0000, 0x0000), (0x8000_0000, 0x8000),  // zeros of both signs
    (0x3f80_0000, 0x3f80), (0x3f80_7fff, 0x3f80),  // 1, below the middle
    (0x3f80_8000, 0x3f80), (0x3f81_8000, 0x3f82),  // ties go to even
    (0x3f80_8001, 0x3f81), (0xbf80_8001, 0xbf81),  // above the middle
    (0x7f7f_7fff, 0x7f7f), (0x7f7f_8000, 0x7f80), (0x7f7f_ffff, 0x7f80),  // the largest, infinity
    (0xff7f_ffff, 0xff80), (0x7f80_0000, 0x7f80), (0xff80_0000, 0xff80),
    (0x0080_0000, 0x0080), (0x007f_8000, 0x0080), (0x007f_7fff, 0x007f),  // the smallest normal
    (0x0000_0001, 0x0000), (0x0000_8000, 0x0000), (0x0000_8001, 0x0001),  // denormals
    (0x0001_8000, 0x0002), (0x8001_8000, 0x8002),
  ]
  private static let notANumber: [UInt32] = [0x7f80_0001, 0xff80_0001, 0x7fc0_0000, 0x7fff_ffff]

  @Test func castsRoundToNearestEven() {
    // Random bits as well, more than a vector and not a multiple of one.
    var random = PhiloxGenerator(seed: 3)
    let bits =
      Self.edges.map(\.0)
      + (0..<3001).map { _ in UInt32(random.nextInteger(below: 1 << 32)) }
    let x = Tensor(bits.map { Float(bitPattern: $0) })
    withEachLevel { level in
      let y = x.cast(to: .bfloat16)
      let back = y.cast(to: .float32).floats()
      let inLoop = (x.cast(to: .bfloat16).cast(to: .float32) * 1).floats()
      for (i, bits) in bits.enumerated() {
        let expected = BFloat16(Float(bitPattern: bits)).floatValue
        for found in [back[i], inLoop[i]] {
          #expect(
            found.bitPattern == expected.bitPattern || (found.isNaN && expected.isNaN)
              // Arithmetic takes denormals as zeros.
              || (abs(expected) < 0x1p-126 && found == 0),
            "\(Float(bitPattern: bits)) at level \(level) gave \(found)")
        }
        if i < Self.edges.count { #expect(back[i].bitPattern == UInt32(Self.edges[i].1) << 16) }
      }
      let odd = Tensor(Self.notANumber.map { Float(bitPattern: $0) })
      #expect(odd.cast(to: .bfloat16).cast(to: .float32).floats().allSatisfy { $0.isNaN })
    }
  }

  /// One function of bfloat16 numbers for each step that computes in float32, with its slopes.
  private static let functions: [(String, @Sendable ([Tensor]) -> Tensor)] = [
    ("matmul", { matmul($0[0], $0[1]) }),
    ("turned", { matmul($0[0].transposed(), $0[0]) }),
    ("batches", { matmul($0[2], $0[2].transposed()) }),
    ("convolution", { convolution($0[3], $0[4], nil, ConvolutionGeometry(padding: [1, 1])) }),
    ("softmax", { softmax($0[0]) + logSoftmax($0[0], axis: 0) }),
    ("maxPool", { maxPool($0[3], PoolGeometry(kernel: [2, 2], stride: [2, 2])) }),
    ("averagePool", { averagePool($0[3], PoolGeometry(kernel: [2, 2], stride: [2, 2])) }),
    ("gathering", { $0[0].gathering(Tensor([2, 0, 2])) }),
    ("takingAlong", { $0[0].takingAlong(Tensor([0, 1, 1], shape: [3, 1]), axis: 1) }),
    ("cumulativeSum", { $0[0].cumulativeSum(axis: 1) }),
    ("product and sum", { tanh(matmul($0[0], $0[1]) + 1).sum(axes: [0]) * 0.5 }),
    (
      "lstmSequence",
      { lstmSequence($0[5], $0[6], hidden: $0[7], cell: $0[7]).hidden }
    ),
    (
      "gruSequence",
      {
        gruSequence(
          $0[5].slice(axis: 2, 0..<9), $0[6][0..<9], bias: $0[6][0], hidden: $0[7])
      }
    ),
  ]
  private static let shapes: [Shape] = [
    [3, 20], [20, 17], [2, 5, 6], [2, 3, 8, 8], [4, 3, 3, 3], [5, 2, 12], [12, 3], [2, 3],
  ]

  private func results(_ function: ([Tensor]) -> Tensor, _ dtype: DType, seed: UInt64) -> [Tensor] {
    let inputs = Self.shapes.enumerated().map { number, shape in
      Tensor.sample(shape, seed + UInt64(number)).cast(to: .bfloat16).cast(to: dtype).evaluated()
        .source()
    }
    let y = function(inputs)
    let cotangent = Tensor.sample(y.shape, 99).cast(to: .bfloat16).cast(to: dtype)
    return [y.evaluated()] + gradients(of: y, for: inputs, cotangent: cotangent)
  }

  /// Wide and, where oneDNN multiplies bfloat16, as they are: both within some roundings of 2⁻⁹, those of
  /// five times of a recurrence forward and backward, of what float32 gives.
  @Test(arguments: functions.indices, [false, true])
  func agreeWithSinglePrecision(_ number: Int, _ isNative: Bool) {
    if isNative, hebb_vector_level() < 3 { return }
    let (name, function) = Self.functions[number]
    // Other shapes would hide plans of the other way; other numbers of threads make other plans.
    let threads = Hebb.threads
    NarrowProducts.forced = isNative
    Hebb.threads = isNative ? 1 : 2
    defer {
      NarrowProducts.forced = nil
      Hebb.threads = threads
    }
    let found = results(function, .bfloat16, seed: 5)
    let exact = results(function, .float32, seed: 5)
    for (a, e) in zip(found, exact) {
      #expect(a.dtype == .bfloat16)
      let largest = max(e.doubles().map(abs).max() ?? 0, 1e-3)
      for (x, y) in zip(a.doubles(), e.doubles()) {
        #expect(abs(x - y) <= 0x1p-5 * largest, "\(name)")
      }
    }
  }

  /// Nothing of bfloat16 is left to the oracle, in a process of its own where no other test runs.
  @Test func noStepIsMissing() async {
    await #expect(processExitsWith: .success) {
      let tests = NarrowTypesTests()
      for (_, function) in Self.functions {
        Tensor.evaluate(tests.results(function, .bfloat16, seed: 1))
      }
      #expect(OracleFallbacks.seen == [])
    }
  }

  /// What is kept for the gradient lies in memory as 16-bit numbers: of each layer of a chain, GELU's operand
  /// and its result. In float32 the result is computed a second time.
  @Test func keptValuesAreNarrow() async {
    await #expect(processExitsWith: .success) {
      func peak(_ dtype: DType?, layers: Int) -> Int {
        var x = Tensor.sample([2048, 128], 1).evaluated()
        let weights = (0..<layers).map {
          Tensor.sample([128, 128], UInt64($0 + 2)).evaluated().source()
        }
        let before = MemoryStatistics.current.liveBytes
        MemoryStatistics.resetPeak()
        let loss = withAutocast(dtype) { () -> Tensor in
          for weight in weights { x = gelu(matmul(x, weight)) }
          return x.mean()
        }
        Tensor.evaluate([loss] + gradients(of: loss, for: weights))
        return MemoryStatistics.current.peakBytes - before
      }
      for dtype in [nil, DType.bfloat16] {
        let growth = (peak(dtype, layers: 24) - peak(dtype, layers: 12)) / 12
        // Four bytes of each element, and the gradient of the weight.
        let expected = 4 * (2048 * 128 + 128 * 128)
        #expect(growth < expected * 9 / 8, "\(growth) instead of \(expected) bytes")
      }
    }
  }
}
