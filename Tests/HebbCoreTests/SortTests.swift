import HebbCore
import HebbTestSupport
import Testing

@Suite struct SortTests {
  @Test func orderIsStableAndNaNComesLast() {
    let x = Tensor([2, .nan, -0.0, 0, 2, -.infinity, .infinity, .nan] as [Float])
    #expect(x.argSorted().integers() == [5, 2, 3, 0, 4, 6, 1, 7])
    #expect(x.argSorted(descending: true).integers() == [6, 0, 4, 2, 3, 5, 1, 7])
    #expect(x.topK(3).indices.integers() == [6, 0, 4])
    #expect(x.topK(2, largest: false).values.floats() == [-.infinity, 0])
  }

  /// Every element type, many lengths (short, radix, selection), every axis, against the oracle.
  @Test(arguments: DType.allCases) func agreesWithTheOracle(_ dtype: DType) {
    var random = PhiloxGenerator(seed: 11)
    for round in 0..<24 {
      let n = [0, 1, 2, 7, 48, 49, 130, 700][random.nextInteger(below: 8)]
      let shapes: [Shape] = [[n], [2, n], [n, 3], [2, n, 2]]
      let shape = shapes[random.nextInteger(below: 4)]
      let axis = shape.firstIndex(of: n) ?? 0
      let scale = [0.7, 3, 1000][random.nextInteger(below: 3)]
      var x = Tensor.sample(shape, UInt64(round), dtype: .float64, scale: scale)
      if round % 3 == 0 { x = select(x .> scale, x / 0.0 - x / 0.0, x) }
      x = x.cast(to: dtype).evaluated()
      let k = random.nextInteger(below: n + 1)
      func work() -> [Tensor] {
        let order = x.argSorted(axis: axis)
        let descending = x.argSorted(axis: axis, descending: true)
        let top = x.topK(k, axis: axis)
        return [order, descending, top.indices, x.topK(k, axis: axis, largest: false).indices]
          .map { $0.evaluated() }
      }
      let expected = withReferenceBackend { work() }
      for (a, e) in zip(work(), expected) {
        #expect(
          a.shape == e.shape && a.integers() == e.integers(), "\(dtype)\(shape) round \(round)")
      }
    }
  }

  @Test func sortsATransposedView() {
    let x = Tensor.sample([5, 9], 3)
    let y = x.transposed().sorted(axis: 0)
    for column in 0..<5 {
      #expect(y.transposed()[column].floats() == x[column].floats().sorted())
    }
  }

  @Test func manyThreadsGiveTheSameOrder() {
    let before = Hebb.threads
    defer { Hebb.threads = before }
    let x = round(Tensor.sample([64, 3000], 5) * 100)
    var results: [[Int]] = []
    for threads in [1, 3] {
      Hebb.threads = threads
      results.append(x.argSorted().integers() + x.topK(7).indices.integers())
    }
    #expect(results[0] == results[1])
  }

  @Test func kthValueCountsFromOne() {
    let x = Tensor([3.0, 1, 2])
    let second = x.kthValue(2)
    #expect(second.values.item() == 2 && second.indices.item() == 2)
  }

  @Test func placesAmongEdges() {
    let edges = Tensor([1, 3, 3, 5] as [Float])
    let x = Tensor([0, 1, 3, 4, 5, 6, .nan] as [Float])
    #expect(edges.searchSorted(x).integers() == [0, 0, 1, 3, 3, 4, 4])
    #expect(edges.searchSorted(x, right: true).integers() == [0, 1, 3, 3, 4, 4, 4])
    #expect(x.bucketized(edges).integers() == [0, 0, 1, 3, 3, 4, 4])
    #expect(Tensor([] as [Float]).searchSorted(x).integers() == [0, 0, 0, 0, 0, 0, 0])
    for dtype in DType.allCases where dtype != .bool {
      let cast = edges.cast(to: dtype)
      #expect(cast.searchSorted(Tensor([2, 3, 9]).cast(to: dtype)).integers() == [1, 1, 4])
    }
  }
}
