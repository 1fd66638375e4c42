import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

@Suite struct RearrangingTests {
  let x = Tensor.range(10)

  @Test func partsAndTheirReverse() {
    #expect(x.split(sizes: [3, 0, 7], axis: 0).map(\.count) == [3, 0, 7])
    #expect(x.chunked(4).map(\.count) == [3, 3, 3, 1])
    #expect(x.chunked(6).map(\.count) == [2, 2, 2, 2, 2])
    let y = x.reshaped(to: [2, 5])
    #expect(stack(y.unstacked(axis: 1), axis: 1).integers() == x.integers())
    #expect(y.windows(of: 2, step: 2, axis: 1).integers() == [0, 1, 2, 3, 5, 6, 7, 8])
    #expect(y.windows(of: 3, step: 2, axis: 1)[1, 1].integers() == [7, 8, 9])
    #expect(y.repeated([0, 2], axis: 0).shape == [2, 5])
    #expect(x.rolled(by: 13, axis: 0).integers() == [7, 8, 9, 0, 1, 2, 3, 4, 5, 6])
    #expect(y.rotated90(2).integers() == x.integers().reversed())
    #expect(Tensor.zeros([1, 3, 1]).squeezingShape().shape == [3])
    #expect(broadcastTogether([y, Tensor(1)])[1].shape == [2, 5])
  }

  @Test func grids() {
    #expect(Tensor.linearSpace(from: 0, to: 1, count: 5).floats() == [0, 0.25, 0.5, 0.75, 1])
    #expect(Tensor.linearSpace(from: 3, to: 9, count: 1).floats() == [3])
    #expect(Tensor.range(from: 1, to: 2, by: 0.25).floats() == [1, 1.25, 1.5, 1.75])
    #expect(Tensor.range(from: 3, to: 0, by: -1, dtype: .int64).integers() == [3, 2, 1])
    #expect(Tensor.identity(2, columns: 3).floats() == [1, 0, 0, 0, 1, 0])
    let grid = meshGrid([Tensor([1, 2]), Tensor([3, 4, 5])])
    #expect(grid[0].integers() == [1, 1, 1, 2, 2, 2] && grid[1].integers() == [3, 4, 5, 3, 4, 5])
    #expect(meshGrid([Tensor([1, 2]), Tensor([3, 4, 5])], order: .cartesian)[0].shape == [3, 2])
    #expect(Tensor.identity(3).trace().item() == 3)
    #expect(Tensor([1, 2]).diagonalMatrix().integers() == [1, 0, 0, 2])
    #expect(Tensor.zeros([2, 3]).diagonal(offset: 5).shape == [0])
  }

  @Test func segmentsAndCounts() {
    let values = Tensor([1, 2, 3, 4] as [Float])
    let ids = Tensor([0, 2, 0, 2])
    #expect(segmentSum(values, ids, count: 3).floats() == [4, 0, 6])
    #expect(segmentMean(values, ids, count: 3).floats() == [2, 0, 3])
    #expect(segmentProduct(values, ids, count: 3).floats() == [3, 1, 8])
    #expect(segmentMax(values, ids, count: 3).floats() == [3, -.infinity, 4])
    #expect(segmentMin(values, ids, count: 3).floats() == [1, .infinity, 2])
    #expect(ids.binCount().integers() == [2, 0, 2])
    #expect(ids.binCount(4, weights: values).floats() == [4, 0, 6, 0])
    #expect(Tensor([] as [Int]).binCount().shape == [0])
    #expect(Tensor([1, 1] as [Float]).histogram(bins: 2).counts.integers() == [0, 2])
    #expect(Tensor([] as [Float]).unique().counts.shape == [0])
  }

  /// Random operations on random shapes and types, strided inputs, empty and single elements among
  /// them, on the CPU and by the oracle.
  @Test(arguments: 0..<60) func agreesWithTheOracle(_ seed: Int) {
    let expected = withReferenceBackend { Self.chain(UInt64(seed)) }
    for (a, e) in zip(Self.chain(UInt64(seed)), expected) {
      expectClose(a, e, within: 1e-12, "seed \(seed)")
    }
  }

  /// Chains of the operations of this part, the same for the same seed.
  static func chain(_ seed: UInt64) -> [Tensor] {
    var random = PhiloxGenerator(seed: seed, stream: 0x7365)
    func pick(_ n: Int) -> Int { random.nextInteger(below: n) }
    let dtype = DType.allCases[pick(8)]
    let sizes = (0..<pick(3) + 1).map { _ in [0, 1, 2, 3, 5, 17][pick(6)] }
    var x = Tensor.sample(Shape(sizes), seed, dtype: .float64, scale: 3).cast(to: dtype)
    var kept: [Tensor] = []
    for _ in 0..<6 {
      let axis = pick(x.rank)
      let n = x.shape[axis]
      switch pick(16) {
      case 0: x = x.sorted(axis: axis, descending: pick(2) == 0)
      case 1: x = x.topK(pick(n + 1), axis: axis).values
      case 2: x = dtype == .bool ? x : x.cumulativeSum(axis: axis, reversed: pick(2) == 0)
      case 3: x = x.cumulativeMax(axis: axis)
      case 4: x = x.rolled(by: pick(7) - 3, axis: axis)
      case 5: x = x.repeated(pick(3), axis: axis)
      case 6 where n > 1: x = x.padded(axis: axis, before: 1, after: n - 1, mode: .reflect)
      case 7 where n > 0: x = x.padded(axis: axis, before: 2, after: pick(3), mode: .edge)
      case 8: x = x.padded(axis: axis, before: pick(n + 1), after: pick(n + 1), mode: .circular)
      case 9: x = x.transposed(axis, 0)
      case 10: x = x.flipped(axis: axis)
      case 11 where n > 0:
        let indices = Tensor.sampleIndices([pick(6)], below: n, seed)
        var shape = x.shape
        shape[axis] = indices.count
        let values = Tensor.sample(shape, seed + 1, dtype: .float64).cast(to: dtype)
        let kinds: [Scatter.Kind] = dtype == .bool ? [.set, .maximum] : Scatter.Kind.allCases
        x = x.scattering(values, at: indices, axis: axis, combining: kinds[pick(kinds.count)])
      case 12 where n > 0:
        let indices = Tensor.sampleIndices(x.shape, below: n, seed)
        let kinds: [Scatter.Kind] = dtype == .bool ? [.set, .minimum] : Scatter.Kind.allCases
        x = x.puttingAlong(
          x.flipped(axis: axis), at: indices, axis: axis, combining: kinds[pick(kinds.count)])
      case 13: x = x[.every(-2), .ellipsis]
      case 14 where x.rank > 1: x = x.lowerTriangle(pick(3) - 1)
      default: x = x.tiled([pick(2) + 1])
      }
      if x.count > 20_000 { break }
      kept.append(x)
    }
    Tensor.evaluate(kept)
    return kept
  }
}
