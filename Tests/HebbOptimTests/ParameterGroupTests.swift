import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct ParameterGroupTests {
  static func model() -> Sequential {
    var random = PhiloxGenerator(seed: 3)
    return Sequential {
      Linear(inputs: 3, outputs: 4, using: &random)
      Tanh()
      Linear(inputs: 4, outputs: 2, using: &random)
    }
  }

  static func step(_ model: Sequential, _ optimizer: any Optimizer, _ seed: UInt64) {
    let loss = square(model(.sample([5, 3], seed))).sum()
    optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
  }

  /// A group learns as if another optimizer with its rate and decay had it.
  @Test func aGroupLearnsLikeAnOptimizerOfItsOwn() {
    func moved(_ change: (any Optimizer) -> Void, _ rate: Double, _ decay: Double) -> [[Double]] {
      let model = Self.model()
      let optimizer = AdamW(model, rate: rate, weightDecay: decay)
      change(optimizer)
      Self.step(model, optimizer, 1)
      return model.state().map { $0.tensor.doubles() }
    }
    let grouped = moved(
      { $0.groups = [ParameterGroup(prefix: "0.", rateFactor: 0.1, weightDecay: 0.5)] }, 0.1, 0.01)
    let (slow, fast) = (moved({ _ in }, 0.01, 0.5), moved({ _ in }, 0.1, 0.01))
    #expect(Array(grouped[..<2]) == Array(slow[..<2]))
    #expect(Array(grouped[2...]) == Array(fast[2...]))
    #expect(slow != fast)
  }

  @Test func biasesMayBeLeftOutOfTheDecay() {
    let model = Self.model()
    let optimizer = SGD(model, rate: 1, weightDecay: 0.5)
    optimizer.groups = [ParameterGroup(weightDecay: 0) { $0.hasSuffix("bias") }]
    let before = model.state().map { $0.tensor.doubles() }
    let still = square(model(.zeros([1, 3]))).sum() * 0
    optimizer.step(along: gradients(of: still, for: model))
    let after = model.state().map { $0.tensor.doubles() }
    #expect(after[0] == before[0].map { $0 * 0.5 })
    #expect(after[1] == before[1])
  }

  @Test func frozenGroupsKeepParametersAndState() {
    let model = Self.model()
    let optimizer = Adam(model)
    optimizer.groups = [ParameterGroup(prefix: "2.weight", isFrozen: true)]
    let before = model.state().map { $0.tensor.doubles() }
    Self.step(model, optimizer, 1)
    let after = model.state().map { $0.tensor.doubles() }
    #expect(zip(before, after).map { $0 == $1 } == [false, false, true, false])
    for (name, tensor) in optimizer.state() where name.hasSuffix("2.weight") {
      #expect(tensor.doubles().allSatisfy { $0 == 0 }, "\(name)")
    }
  }

  @Test func discriminativeRatesFallTowardTheInput() {
    let groups = ParameterGroup.discriminative(["a", "b", "c"], factor: 2)
    #expect(groups.map(\.rateFactor) == [0.25, 0.5, 1])
    #expect(groups[1].contains("b.weight") && !groups[1].contains("a.weight"))
  }

  /// NaN and infinity in any gradient leave parameters and state as they are; the next step is fine.
  @Test(arguments: [Double.nan, .infinity]) func badGradientsAreSkipped(_ bad: Double) {
    let model = Vector(Tensor([1, 2] as [Double]))
    let optimizer = Adam(model, rate: 0.1)
    optimizer.skipsNonFinite = true
    optimizer.step(along: model.gradients(Tensor([1, 1] as [Double])))
    let before = optimizer.state().dropFirst().map { $0.tensor.doubles() } + [model.p.doubles()]
    optimizer.step(along: model.gradients(Tensor([1, bad])))
    let after = optimizer.state().dropFirst().map { $0.tensor.doubles() } + [model.p.doubles()]
    #expect(before == after)
    optimizer.step(along: model.gradients(Tensor([1, 1] as [Double])))
    #expect(model.p.doubles().allSatisfy(\.isFinite) && model.p.doubles() != before.last)
  }
}
