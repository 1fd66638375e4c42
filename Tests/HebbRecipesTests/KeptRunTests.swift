import Foundation
import HebbCPU
import HebbCore
import HebbIO
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

/// Runs that earlier versions wrote, kept as they were: every later version has to read them. They are
/// made by `hebb train linear-regression --set momentum=0.9 --set rate=0.003 --set average=0.9
/// --set patience=5`; add one for each version, and change none.
@Suite struct KeptRunTests {
  /// A copy of a kept run, which may be written to.
  private func copy(of version: String, in folder: TemporaryFolder) throws -> String {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let source = "\(parts.joined(separator: "/"))/Goldens/runs/\(version)"
    let target = folder.file("run")
    try FileManager.default.copyItem(atPath: source, toPath: target)
    return target
  }

  @Test(arguments: ["0.1.0"]) func isReadEntirely(_ version: String) throws {
    let folder = TemporaryFolder()
    let run = try RunFolder.open(copy(of: version, in: folder))
    #expect(try run.configuration()["recipe"] == "linear-regression")
    #expect(try MetricsLog.read(run.metricsPath).count == 33)
    let checkpoint = try run.checkpoints.latest()
    #expect(checkpoint.manifest.step == 300 && checkpoint.manifest.position.epoch == 3)
    #expect(checkpoint.manifest.best?.metric == "test_loss")
    let model = try checkpoint.modelState()
    #expect(model["linear.weight"]?.floats() == [0x1.000deep+1, -0x1.b347c2p+1])
    #expect(model["linear.bias"]?.floats() == [0x1.0cd75ep+2])
    let average = try #require(try checkpoint.averageState())
    #expect(average["linear.bias"]?.floats() == [0x1.0cd4a4p+2])
    let optimizer = try checkpoint.optimizerState()
    #expect(optimizer["step"]?.integers() == [300])
    #expect(optimizer["momentum_buffer.linear.bias"]?.floats() == [-0x1.a6aa4cp-9])
  }

  @Test(arguments: ["0.1.0"]) func isUsedAndGoesOn(_ version: String) throws {
    let folder = TemporaryFolder()
    let path = try copy(of: version, in: folder)
    // 2 + 3.4 + 4.2.
    #expect(abs(try TrainedModel(run: path).predict("1,-1").outputs[0] - 9.6) < 0.01)
    var longer = RunOptions()
    longer.epochs = 4
    let result = try RecipeRun.resume(path, recipe: nil, longer).train()
    #expect(result.summary.steps == 400)
    #expect((result.summary["test_loss"] ?? 1) < 1e-4)
  }
}
