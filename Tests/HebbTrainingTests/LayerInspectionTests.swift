import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

/// Two rectified layers; the bias of the first can be made so low that nothing comes through.
private final class Rectified: Layer {
  let first: Linear
  let second: Linear
  let output: Linear

  init(deadBias: Bool) {
    var random = PhiloxGenerator(seed: 3)
    first = Linear(inputs: 4, outputs: 8, using: &random)
    second = Linear(inputs: 8, outputs: 8, using: &random)
    output = Linear(inputs: 8, outputs: 3, using: &random)
    if deadBias { second.bias = Tensor.full([8], -1000) }
  }

  func callAsFunction(_ x: Tensor) -> Tensor { output(relu(second(relu(first(x))))) }
}

@Suite struct LayerInspectionTests {
  /// The system `grad-act-monitor`: histograms by layer and step, and a dead layer is found.
  @Test(arguments: [true, false]) func findsADeadLayer(isDead: Bool) throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let model = Rectified(deadBias: isDead)
    var settings = TrainingSettings(epochs: 1, batchSize: 26)
    settings.inspectionSteps = 2
    let trainer = try Trainer(
      model, SGD(model, rate: 0.01), Samples.objective,
      data: TrainingData(training: Samples.clusters(104)), settings: settings, record: record)
    trainer.stopRequest = { nil }
    try trainer.run()
    let activations = trainer.inspection.filter { $0.kind == .activation }
    try #require(activations.count == 2)
    #expect(activations[0].name.contains("first.") && activations[1].name.contains("second."))
    #expect(activations[0].histogram.count == 26 * 8 && activations[0].zeroShare < 1)
    #expect(activations.map(\.isDead) == [false, isDead])
    let gradients = trainer.inspection.filter { $0.kind == .gradient }
    #expect(gradients.map(\.name).contains("second.weight") && gradients.count == 6)
    // Nothing before a dead layer gets a gradient.
    let first = try #require(gradients.first { $0.name == "first.weight" })
    #expect((first.zeroShare == 1) == isDead)
    let notes = try MetricsLog.read(record.folder.metricsPath).filter { $0["kind"] == "note" }
    #expect(notes.count == (isDead ? 1 : 0))
    if isDead { #expect(notes[0]["text"]?.stringValue?.contains("is dead") == true) }
  }

  @Test func histogramsCount() {
    let histogram = ValueHistogram(of: [0, 0.5, 1, 1, 2, .nan, .infinity], binCount: 4)
    #expect(histogram.counts == [1, 1, 2, 1] && histogram.edges == [0.5, 1, 1.5, 2])
    #expect(histogram.count == 5 && histogram.nonFiniteCount == 2 && histogram.sum == 4.5)
    #expect(ValueHistogram(of: [3, 3]).counts == [2] && ValueHistogram(of: []).count == 0)
  }
}
