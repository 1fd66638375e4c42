import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

@Suite struct IndexingTests {
  /// x[i, j, k] = 100 i + 10 j + k.
  let x =
    Tensor.range(2).reshaped(to: [2, 1, 1]) * 100
    + Tensor.range(3).reshaped(to: [3, 1]) * 10 + Tensor.range(4)

  @Test func integersAndRangesSelect() {
    #expect(x[1, 2, 3].item() == 123)
    #expect(x[-1, -1, -1].item() == 123)
    #expect(x[.all, 1, 2...].integers() == [12, 13, 112, 113])
    #expect(x[0, ..<2, 1...2].integers() == [1, 2, 11, 12])
    #expect(x[0, 0, (-2)...].integers() == [2, 3])
    #expect(x[0, 0, -3 ... -1].integers() == [1, 2, 3])
    #expect(x[0, 0, ..<(-1)].integers() == [0, 1, 2])
    #expect(x[0, 0, 2..<2].shape == [0])
    let (i, j) = (1, 2)
    #expect(x[i, j].integers() == [120, 121, 122, 123])
  }

  @Test func stepsNewAxesAndEllipsis() {
    #expect(x[0, 0, .every(2)].integers() == [0, 2])
    #expect(x[0, 0, .every(-1)].integers() == [3, 2, 1, 0])
    #expect(x[0, 0, .every(-3)].integers() == [3, 0])
    #expect(x[0, 0, .slice(from: 3, to: 0, by: -2)].integers() == [3, 1])
    #expect(x[0, 0, .slice(from: 1, by: 2)].integers() == [1, 3])
    #expect(x[.ellipsis, 1].shape == [2, 3])
    #expect(x[.ellipsis, 1].integers() == [1, 11, 21, 101, 111, 121])
    #expect(x[1, .ellipsis, .new].shape == [3, 4, 1])
    #expect(x[.new, .all, 0..<2, .new, 3].shape == [1, 2, 2, 1])
    #expect(x[.all, 1..<3, .every(2), .new, .ellipsis].shape == [2, 2, 2, 1])
  }

  @Test func tensorsOfPositionsSelect() {
    let positions = Tensor([2, 0, -1])
    #expect(x[0, positions, 1].integers() == [21, 1, 21])
    #expect(x[.all, positions].shape == [2, 3, 4])
    // Neighbours stay in place, others come in front.
    #expect(x[.all, positions, Tensor([3, 2, 1])].integers() == [23, 2, 21, 123, 102, 121])
    let pairs = x[Tensor([1, 0]), .all, Tensor([3, 0])]
    #expect(pairs.shape == [2, 3] && pairs.integers() == [103, 113, 123, 0, 10, 20])
    let grid = x[Tensor([[1], [0]].flatMap { $0 }, shape: [2, 1]), Tensor([0, 2]), 0]
    #expect(grid.shape == [2, 2] && grid.integers() == [100, 120, 0, 20])
  }

  @Test func masksSelect() {
    #expect(x[x .> 110].integers() == [111, 112, 113, 120, 121, 122, 123])
    #expect(x[.all, Tensor([true, false, true]), 0].integers() == [0, 20, 100, 120])
    #expect(x.masked(by: Tensor([false, true]))[0, 0, 0].item() == 100)
    #expect(x[x .> 999].shape == [0])
    #expect(x.maskedFill(by: x .< 120, with: 7).max().item() == 123)
    #expect((x .> 121).nonZeroIndices().integers() == [1, 2, 2, 1, 2, 3])
  }

  @Test func assigningReplacesParts() {
    var y = Tensor.zeros([3, 4])
    y[1] = Tensor.ones([4])
    y[.all, 0] = Tensor([5, 6, 7] as [Float])
    y[2, .every(-2)] = Tensor([8, 9] as [Float])
    #expect(y.floats() == [5, 0, 0, 0, 6, 1, 1, 1, 7, 9, 0, 8])
    y[y .> 6] = Tensor(-1.0)
    #expect(y.floats() == [5, 0, 0, 0, 6, 1, 1, 1, -1, -1, 0, -1])
    y[Tensor([0, 2]), Tensor([1, 2])] = Tensor([3, 4] as [Float])
    #expect(y.floats() == [5, 3, 0, 0, 6, 1, 1, 1, -1, -1, 4, -1])
    y[.new, 0..<1, .ellipsis] = Tensor(2.0)
    #expect(y[0].floats() == [2, 2, 2, 2])
    #expect(y.replacing(.all, 1...2, with: 0).sum().item() == 2 + 2 + 6 + 1 - 1 - 1)
    y[0..<3] = Tensor(1.0)
    #expect(y.floats() == Array(repeating: 1, count: 12))
  }

  @Test func gradientsGoWhereTheValuesWent() {
    let (x, v) = (
      Tensor.sample([4, 5], 1, dtype: .float64), Tensor.sample([4, 2], 2, dtype: .float64)
    )
    expectGradient(of: { square($0[0].replacing(.all, 1..<3, with: $0[1])) }, at: [x, v])
    expectGradient(
      of: { square($0[0].replacing(.all, Tensor([4, 0]), with: $0[1])) }, at: [x, v])
    expectGradient(of: { square($0[0][.every(-2), .ellipsis, 1...]) }, at: [x])
    let mask = x .> 0
    expectGradient(of: { square($0[0][mask]) }, at: [x])
  }

  @Test func positionsOutsideStopTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3])[.all, 3] }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3])[0, 1..<4] }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3])[0, 0, 0] }
    // Outside of its axis, but inside of the memory.
    await #expect(processExitsWith: .failure) {
      _ = Tensor.zeros([2, 3])[Tensor([0]), Tensor([4])].floats()
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor.zeros([2, 3]).scattering(Tensor(1.0), at: Tensor([-1])).floats()
    }
    await #expect(processExitsWith: .failure) {
      withReferenceBackend {
        _ = Tensor.zeros([2, 3]).takingAlong(Tensor([3, 0], shape: [2, 1]), axis: 1).floats()
      }
    }
    await #expect(processExitsWith: .failure) {
      _ = segmentSum(Tensor.zeros([2]), Tensor([0, 2]), count: 2).floats()
    }
  }
}
