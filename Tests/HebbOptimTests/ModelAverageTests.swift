import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct ModelAverageTests {
  static let positions = [[1.0, 2], [3, -2], [5, 0]]

  /// PyTorch's `AveragedModel`: the first update copies.
  @Test func exponentialAverage() {
    let model = Vector(Tensor([9, 9] as [Double]))
    let average = ModelAverage(model, .exponential(decay: 0.75))
    for position in Self.positions {
      model.p = Tensor(position)
      average.update()
    }
    average.applied { expectClose(model.p.doubles(), [2.375, 0.75], within: 1e-15) }
    #expect(model.p.doubles() == [5, 0])
    average.assign()
    expectClose(model.p.doubles(), [2.375, 0.75], within: 1e-15)
  }

  @Test func equalAverageIsTheMean() {
    let model = Vector(Tensor([9, 9] as [Double]))
    let average = ModelAverage(model, .equal)
    for position in Self.positions {
      model.p = Tensor(position)
      average.update()
    }
    average.applied { expectClose(model.p.doubles(), [3, 0], within: 1e-15) }
  }

  @Test func slowWeightsGoHalfTheWay() {
    let model = Vector(Tensor([0, 0] as [Double]))
    let (optimizer, lookahead) = (SGD(model, rate: 1), Lookahead(model, every: 2))
    for _ in 0..<2 {
      optimizer.step(along: model.gradients(Tensor([-1, 2] as [Double])))
      lookahead.update()
    }
    #expect(model.p.doubles() == [1, -2])
  }

  @Test func statesContinue() throws {
    func run(_ interruption: Bool) throws -> [Double] {
      let model = Vector(Tensor([1, -1] as [Double]))
      let optimizer = SGD(model, rate: 0.1)
      var (average, ahead) = (
        ModelAverage(model, .exponential(decay: 0.9)), Lookahead(model, every: 3)
      )
      for step in 0..<10 {
        if interruption, step == 4 {
          let (first, second) = (average.state(), ahead.state())
          average = ModelAverage(model, .exponential(decay: 0.9))
          ahead = Lookahead(model, every: 3)
          try average.load(Dictionary(uniqueKeysWithValues: first.map { ($0.name, $0.tensor) }))
          try ahead.load(Dictionary(uniqueKeysWithValues: second.map { ($0.name, $0.tensor) }))
        }
        optimizer.step(along: model.gradients(Tensor([Double(step), 1])))
        ahead.update()
        average.update()
      }
      return model.p.doubles() + average.state().flatMap { $0.tensor.doubles() }
    }
    #expect(try run(true) == run(false))
    let error = #expect(throws: StateError.self) {
      try ModelAverage(Vector(.zeros([2])), .equal).load(["p": .zeros([3])])
    }
    #expect(error?.description.contains("missing are n_averaged") == true)
  }

  /// Averages and slow weights do not hold the graphs of the steps.
  @Test func noGraphIsHeld() async {
    await #expect(processExitsWith: .success) {
      let model = Vector(.zeros([3]))
      let optimizer = SGD(model, rate: 0.1)
      let (average, ahead) = (ModelAverage(model, .equal), Lookahead(model, every: 2))
      var nodes: [Int] = []
      for step in 0..<12 {
        optimizer.step(along: model.gradients(.ones([3])))
        ahead.update()
        average.update()
        if step >= 3, step % 2 == 1 { nodes.append(MemoryStatistics.current.liveNodes) }
      }
      #expect(Set(nodes).count == 1, "\(nodes)")
    }
  }
}
