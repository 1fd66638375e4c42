import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// Parameters that are frozen after their optimizer was made.
@Suite struct FrozenParameterTests {
  private static func slopes(_ model: Sequential, _ seed: UInt64) -> Tensor {
    square(model(.sample([8, 4], seed))).sum()
  }

  /// Neither slopes nor weight decay nor momentum from before move them, whichever way gradients are
  /// taken; the rest learns, and all do once they are trained again.
  @Test(arguments: OptimizerCase.all, [true, false])
  func stayAsTheyAre(_ row: OptimizerCase, _ usesOptimizersList: Bool) {
    let model = OptimizerCatalogTests.model(seed: 1)
    let optimizer = row.make(model)
    func step(_ seed: UInt64) {
      let loss = Self.slopes(model, seed)
      optimizer.step(
        along: usesOptimizersList
          ? gradients(of: loss, for: optimizer.parameters) : gradients(of: loss, for: model))
    }
    step(1)
    let name = optimizer.parameters.names[0]
    func values() -> [[Double]] { model.namedParameters().map { $0.box.tensor?.doubles() ?? [] } }
    func memory() -> [[Double]] {
      optimizer.state().filter { $0.name.hasSuffix("." + name) }.map { $0.tensor.doubles() }
    }
    model.freeze(named: name)
    let (before, kept) = (values(), memory())
    for seed: UInt64 in 2...4 { step(seed) }
    #expect(values()[0] == before[0] && memory() == kept, "\(row)")
    #expect(zip(values(), before).dropFirst().contains { $0 != $1 }, "\(row)")
    model.freeze(false)
    step(5)
    #expect(values()[0] != before[0], "\(row)")
  }

  /// The rest learns exactly as if the frozen layer were no parameter at all.
  @Test func theRestLearnsAsIfAlone() {
    func run(_ isFrozenFirst: Bool) -> [[Double]] {
      let model = OptimizerCatalogTests.model(seed: 3)
      if isFrozenFirst { model.freeze(named: "0.") }
      let optimizer = Adam(model, rate: 0.1)
      if !isFrozenFirst { model.freeze(named: "0.") }
      for seed: UInt64 in 1...3 {
        optimizer.step(along: gradients(of: Self.slopes(model, seed), for: optimizer.parameters))
      }
      return model.namedParameters().map { $0.box.tensor?.doubles() ?? [] }
    }
    #expect(run(true) == run(false))
  }

  @Test func nothingIsComputedForThem() {
    let model = OptimizerCatalogTests.model(seed: 1)
    let parameters = model.parameters
    model.freeze(named: parameters.names[0])
    let slopes = gradients(of: Self.slopes(model, 1), for: parameters)
    #expect(slopes.tensors.count == parameters.count)
    #expect(slopes.tensors[0].doubles().allSatisfy { $0 == 0 })
    #expect(slopes.tensors[1].doubles().contains { $0 != 0 })
  }

  @Test func lineSearchesLeaveThemAlone() {
    let model = OptimizerCatalogTests.model(seed: 1)
    let optimizer = LBFGS(model, maximumIterations: 3)
    optimizer.step { Self.slopes(model, 1) }
    model.freeze(named: optimizer.parameters.names[0])
    let before = optimizer.parameters.tensors.map { $0.doubles() }
    optimizer.step { Self.slopes(model, 1) }
    let after = optimizer.parameters.tensors.map { $0.doubles() }
    // The bias behind it, 1, has no slope but rounding: what follows it is normalized.
    #expect(after[0] == before[0] && after[2] != before[2])
  }

  /// Frozen when the optimizer was made and trained later: it cannot move them, and says so.
  @Test func anOptimizerMadeBeforeSaysWhatItDoesNotKnow() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = OptimizerCatalogTests.model(seed: 1)
      let name = model.parameters.names[0]
      model.freeze(named: name)
      let optimizer = SGD(model, rate: 0.1)
      model.freeze(false)
      optimizer.step(along: gradients(of: square(model(.sample([8, 4], 1))).sum(), for: model))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("0.weight, which the optimizer does not know"), "\(sentence)")
  }
}
