import Foundation
import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

/// Runs that are killed, interrupted, or find no room on the disk.
@Suite(.enabled(if: Tool.path != nil, Tool.absence), .serialized) struct SurvivalTests {
  /// LeNet on 200 made-up images, 10 steps a pass.
  private func arguments(_ folder: TemporaryFolder, _ out: String, epochs: Int) -> [String] {
    [
      "train", "lenet", "--data", folder.path, "--out", out, "--epochs", String(epochs), "--set",
      "batch=20", "--set", "checkpoint-steps=7", "--set", "log-steps=4", "--threads", "1",
    ]
  }

  /// Model, optimizer and log of a run, the log without times.
  private func result(_ folder: TemporaryFolder, _ run: String) throws -> [String: [UInt8]] {
    let store = CheckpointStore(folder: folder.file("\(run)/checkpoints"))
    let step = try #require(store.steps.last)
    var result: [String: [UInt8]] = ["step": Array("\(step)".utf8)]
    for name in ["model.safetensors", "optimizer.safetensors"] {
      result[name] = try FileReading.bytes(of: "\(store.path(ofStep: step))/\(name)")
    }
    let lines = try MetricsLog.read(folder.file("\(run)/metrics.jsonl")).map { line in
      var line = line
      line["seconds"] = nil
      line["samples_per_second"] = nil
      for phase in TrainingPhase.allCases { line["\(phase.rawValue)_seconds"] = nil }
      return JSONValue.object(line).text()
    }
    result["metrics.jsonl"] = Array(lines.joined(separator: "\n").utf8)
    return result
  }

  /// A batch of 0.9 GB where the system gives 0.7.
  @Test func exhaustedMemoryIsOneSentence() throws {
    let run = try Tool.run(
      ["bench", "mlp_train", "--batch", "300000", "--steps", "1", "--threads", "1"],
      in: TemporaryFolder(), shell: "ulimit -v 700000")
    #expect(run.status == 1 && !run.wasKilled)
    let sentence = try #require(run.sentence, "\(run.errors.prefix(500))")
    #expect(sentence.hasPrefix("hebb: the system has no memory "), "\(sentence)")
    #expect(sentence.hasSuffix("; use smaller batches or a smaller model"), "\(sentence)")
  }

  @Test func killedRunsGoOnBitForBit() throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder, training: 200, test: 20)
    let epochs = 30
    let whole = try Tool.run(arguments(folder, "whole", epochs: epochs), in: folder)
    #expect(whole.status == 0, "\(whole.errors)")

    let store = CheckpointStore(folder: folder.file("parts/checkpoints"))
    var command = arguments(folder, "parts", epochs: epochs)
    var kills = 0
    for target in [50, 110, 180] {
      let killed = try Tool.run(command, in: folder) { process in
        Tool.wait { (store.steps.last ?? 0) >= target }
        kill(process, SIGKILL)
      }
      if killed.wasKilled { kills += 1 }
      #expect((store.steps.last ?? 0) >= target)
      command = ["train", "--resume", "parts", "--threads", "1"]
    }
    #expect(kills > 0, "the run was over before it could be killed")
    let resumed = try Tool.run(command, in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("continuing parts after step"))
    #expect(resumed.json?["steps"] == 300)
    #expect(try result(folder, "parts") == result(folder, "whole"))
    for key in ["train_loss", "test_accuracy"] {
      #expect(resumed.json?[key] == whole.json?[key])
    }
    // Nothing half written is left.
    #expect(try Folder.names(in: store.folder).allSatisfy { $0.hasPrefix("step-") })
  }

  /// Kills at random moments: while a checkpoint is written, while it is renamed, in the middle of a
  /// step. `HEBB_KILLS=100` sets how many; a few unless said otherwise.
  @Test func randomKillsGoOnBitForBit() throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder, training: 200, test: 20)
    let kills = ProcessInfo.processInfo.environment["HEBB_KILLS"].flatMap { Int($0) } ?? 8
    // 20 steps for each kill: about two checkpoints and a half, and some to spare.
    let epochs = 2 * kills + 10
    let whole = try Tool.run(arguments(folder, "whole", epochs: epochs), in: folder)
    #expect(whole.status == 0, "\(whole.errors)")
    let store = CheckpointStore(folder: folder.file("parts/checkpoints"))
    var command = arguments(folder, "parts", epochs: epochs)
    var random = SystemRandomNumberGenerator()
    var done = 0
    for _ in 0..<kills {
      // The first life must leave a checkpoint to go on from, the others need not.
      let least = done == 0 ? 1 : 0
      let target = (store.steps.last ?? 0) + Int.random(in: least...14, using: &random)
      let pause = UInt32.random(in: 0...20_000, using: &random)
      let result = try Tool.run(command, in: folder) { process in
        Tool.wait { (store.steps.last ?? 0) >= target }
        usleep(pause)
        kill(process, SIGKILL)
      }
      guard result.wasKilled else { break }
      done += 1
      command = ["train", "--resume", "parts", "--threads", "1"]
    }
    #expect(done >= kills / 2, "the run was over after \(done) kills")
    let resumed = try Tool.run(command, in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.json?["steps"] == .integer(10 * epochs))
    #expect(try result(folder, "parts") == result(folder, "whole"))
    #expect(try Folder.names(in: store.folder).allSatisfy { $0.hasPrefix("step-") })
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func signalsSaveAndStop(signal: Int32, status: Int32) throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder, training: 200, test: 20)
    let store = CheckpointStore(folder: folder.file("run/checkpoints"))
    let stopped = try Tool.run(arguments(folder, "run", epochs: 100_000), in: folder) { process in
      Tool.wait { (store.steps.last ?? 0) >= 20 }
      kill(process, signal)
    }
    #expect(stopped.status == status && !stopped.wasKilled)
    let sentence = try #require(stopped.errors.split(separator: "\n").last)
    #expect(sentence.hasPrefix("hebb: training was interrupted after step "))
    let last = try store.latest()
    let name = Folder.lastName(of: last.folder)
    #expect(
      sentence.hasSuffix(
        "step \(last.manifest.step); its state is saved in run/checkpoints/\(name)"))
  }

  @Test func aLimitOnFileSizesIsOneSentence() throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder, training: 200, test: 20)
    let first = try Tool.run(arguments(folder, "run", epochs: 2), in: folder)
    #expect(first.status == 0)
    let before = try result(folder, "run")
    // LeNet's parameters take 247 KB; blocks are of 1 KB.
    let second = try Tool.run(
      ["train", "--resume", "run", "--epochs", "3", "--threads", "1"], in: folder,
      shell: "ulimit -f 100")
    #expect(second.status == 1 && !second.wasKilled)
    let sentence = try #require(second.errors.split(separator: "\n").last)
    #expect(sentence.contains("model.safetensors") && sentence.contains("cannot be written"))
    let store = CheckpointStore(folder: folder.file("run/checkpoints"))
    #expect(try Folder.names(in: store.folder).allSatisfy { $0.hasPrefix("step-") })
    #expect(try store.latest().manifest.step == 20)
    #expect(try result(folder, "run")["model.safetensors"] == before["model.safetensors"])
    let third = try Tool.run(["train", "--resume", "run", "--threads", "1"], in: folder)
    #expect(third.status == 0 && third.json?["steps"] == 30)
  }

  @Test func damagedCheckpointsAreOneSentence() throws {
    let folder = TemporaryFolder()
    #expect(try Tool.run(["train", "linear-regression", "--out", "run"], in: folder).status == 0)
    let name = "run/checkpoints/step-00000300/model.safetensors"
    let whole = try #require(folder.contents(name))
    for bytes in [Array(whole.dropLast(5)), whole.map { ~$0 }, []] {
      folder.write(bytes, name)
      for command in [["train", "--resume", "run", "--epochs", "5"], ["evaluate", "run"]] {
        let result = try Tool.run(command, in: folder)
        #expect(result.status == 1 && result.sentence?.contains(name) == true, "\(result.errors)")
        #expect(result.sentence?.contains("step-00000200 is whole") == true)
      }
    }
    let result = try Tool.run(
      ["train", "--resume", "run/checkpoints/step-00000200"], in: folder)
    #expect(result.status == 0 && result.json?["steps"] == 300, "\(result.errors)")
    #expect(folder.contents(name) == whole)
  }
}
