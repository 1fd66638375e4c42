import HebbCPU
import HebbCore
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct CIFAR10DataTests {
  private let folder = TemporaryFolder()

  /// A data set in the binary format: each picture has the gray of its class, its third channel less.
  private func write(training: Int, test: Int) {
    for (name, count) in [("data_batch_1.bin", training), ("test_batch.bin", test)] {
      let records = (0..<count).flatMap { number -> [UInt8] in
        let label = UInt8(number % 10)
        let bright = 20 + 20 * label
        return [label] + Array(repeating: bright, count: 2048)
          + Array(repeating: bright / 2, count: 1024)
      }
      folder.write(records, name)
    }
  }

  private func load() throws -> LoadedData {
    try CIFAR10Data().load(from: .named(folder.path), seed: 3)
  }

  @Test func picturesAreNormalizedAndMoved() throws {
    write(training: 30, test: 10)
    let data = try load()
    #expect(data.completeCount == 8_000 && !data.isComplete)
    let test = try #require(data.examples.test)
    let batch = try test.batch(at: [9])
    #expect(batch.targets.integers() == [9])
    // (200 / 255 - .485) / .229 and (100 / 255 - .406) / .225
    expectClose(batch.inputs[0, 0, 0, 0], Tensor(1.307047), within: 1e-5)
    expectClose(batch.inputs[0, 2, 31, 31], Tensor(-0.061525), within: 1e-5)
    // Black that comes in at an edge is -.485 / .229.
    let all = try data.examples.training.batch(at: Array(0..<30), epoch: 0)
    let red = all.inputs[.all, 0..<1]
    #expect(abs(red.min().item() + 2.117904) < 1e-5)
    // Each pass moves the pictures anew, and the same way when it comes again.
    let next = try data.examples.training.batch(at: Array(0..<30), epoch: 1)
    #expect(all.inputs.floats() != next.inputs.floats())
    let again = try load().examples.training.batch(at: Array(0..<30), epoch: 1)
    #expect(next.inputs.floats() == again.inputs.floats())
    // Reports show what a person would see.
    let picture = try #require(data.pictures).batch(at: [9]).inputs
    #expect(abs(picture[0, 0, 0, 0].item() - 200.0 / 255) < 1e-6)
  }

  @Test func examplesComeFromTheTestSetOrFiles() throws {
    write(training: 10, test: 10)
    let example = try CIFAR10Data().example("test:3") { try load() }
    #expect(example.truth == "cat" && example.input.shape == [1, 3, 32, 32])
    expectSentence("none.png") {
      _ = try CIFAR10Data().example(folder.file("none.png")) { try load() }
    }
  }

  @Test func absenceIsTold() {
    expectSentence("expected the binary files of CIFAR-10 in a folder cifar10") {
      _ = try CIFAR10Data().load(from: .searched([]), seed: 0)
    }
    expectSentence("expected data_batch_1.bin (or .gz) of CIFAR-10") { _ = try load() }
  }

  /// Two passes over a few pictures, whose gray tells the class, from the command's side.
  @Test func recipeTrainsAndIsUsed() throws {
    write(training: 40, test: 20)
    var options = RunOptions()
    (options.dataFolder, options.output) = (folder.path, folder.file("run"))
    options.epochs = 2
    options.settings = ["batch=20", "depth=8"]
    let result = try RecipeRun.start(.resNet20, options).train()
    #expect(result.summary.steps == 4)
    let trained = try TrainedModel(run: folder.file("run"))
    let measured = try trained.evaluate()
    #expect(measured.first { $0.name == "test_loss" }?.value == result.summary["test_loss"])
    #expect(try trained.predict("test:7").truth == "horse")
    #expect(trained.model.parameterCount < 100_000)
  }
}
