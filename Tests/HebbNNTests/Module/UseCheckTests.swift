import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// The system `eval-mode`: a missing switch to the mode of use is reported.
@Suite struct UseCheckTests {
  private static func network() -> Sequential {
    var random = PhiloxGenerator(seed: 3)
    return Sequential {
      Linear(inputs: 4, outputs: 8, using: &random)
      BatchNorm(channels: 8)
      Dropout(0.5, using: &random)
      Linear(inputs: 8, outputs: 2, using: &random)
    }
  }

  /// Hides a layer in a struct, where no module is looked for.
  private final class Hiding: Layer {
    struct Box { let layer: any Layer }
    let box: Box
    init(_ layer: any Layer) { box = Box(layer: layer) }
    func callAsFunction(_ x: Tensor) -> Tensor { box.layer(x) }
  }

  private func error(of model: any Layer, at x: Tensor = .sample([6, 4], 1)) -> UseError? {
    do throws(UseError) {
      try checkUse(of: model, at: x)
      return nil
    } catch { return error }
  }

  @Test func aMissingSwitchIsReported() {
    let model = Self.network()
    let statistics = (model.children[1].module as? BatchNorm)?.runningMean.doubles()
    let found = error(of: model)
    #expect(found == .inTraining(["1 (BatchNorm)", "2 (Dropout)"]))
    #expect(
      found?.description
        == "expected a model in use, found 2 of its parts in training: 1 (BatchNorm), 2 (Dropout); "
        + "call eval() before")
    // It was not called: nothing has been learned from the inputs.
    #expect((model.children[1].module as? BatchNorm)?.runningMean.doubles() == statistics)
    #expect(error(of: model.eval()) == nil)
    // One part alone is enough.
    (model.children[2].module as? Dropout)?.isTraining = true
    #expect(error(of: model) == .inTraining(["2 (Dropout)"]))
    // A model without such parts is always ready.
    var random = PhiloxGenerator(seed: 1)
    #expect(error(of: Linear(inputs: 4, outputs: 2, using: &random)) == nil)
  }

  /// What `eval()` cannot reach is found by what it does.
  @Test func hiddenPartsAreFound() {
    var random = PhiloxGenerator(seed: 2)
    let dropping = Hiding(Dropout(0.5, using: &random)).eval()
    #expect(error(of: dropping) == .unrepeatable)
    let normalizing = Hiding(BatchNorm(channels: 4)).eval()
    #expect(error(of: normalizing) == .dependsOnBatch)
    // Alone, an example has no company to depend on.
    #expect(error(of: Hiding(LayerNorm([4])), at: .sample([1, 4], 1)) == nil)
    #expect(error(of: Hiding(LayerNorm([4]))) == nil)
  }
}
