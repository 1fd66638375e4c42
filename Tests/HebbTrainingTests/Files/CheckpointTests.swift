import HebbCPU
import HebbCore
import HebbIO
import HebbTestSupport
import HebbTraining
import Synchronization
import Testing

@Suite struct CheckpointTests {
  private var manifest: CheckpointManifest {
    var manifest = CheckpointManifest(
      configuration: JSONObject([("recipe", .string("x"))]), seed: .max)
    manifest.position = .init(epoch: 2, batch: 7)
    manifest.step = 33
    manifest.rate = 0.1 + 0.2
    manifest.seconds = 12.5
    manifest.epochMetrics.add([("loss", 1.0 / 3), ("accuracy", 17)], count: 56)
    manifest.logByteCount = 1234
    manifest.best = .init(metric: "test_accuracy", value: 0.875, step: 26)
    return manifest
  }

  private let model = ["w": Tensor([1, 2, 3] as [Float]), "b": Tensor(0.5)]
  private let optimizer = ["step": Tensor(33)]

  @Test func manifestsComeBackExactly() throws {
    for best in [manifest.best, nil] {
      var manifest = manifest
      manifest.best = best
      let text = manifest.json.text(isIndented: true)
      #expect(try CheckpointManifest(parsing: Array(text.utf8), name: "manifest") == manifest)
    }
  }

  @Test func manifestsWithMistakesAreRefused() throws {
    func parse(_ key: String, _ value: JSONValue?) throws {
      var object = try #require(manifest.json.objectValue)
      object[key] = value
      let bytes = Array(JSONValue.object(object).text().utf8)
      _ = try CheckpointManifest(parsing: bytes, name: "m.json")
    }
    expectSentence("m.json", "version 1, found version 2") { try parse("schema", 2) }
    expectSentence("\"step\"", "found something else") { try parse("step", -1) }
    expectSentence("\"step\"", "found nothing") { try parse("step", nil) }
    expectSentence("\"seed\"") { try parse("seed", "-5") }
    expectSentence("\"epoch_metrics\"") { try parse("epoch_metrics", [1]) }
    expectSentence("\"best\"") { try parse("best", ["metric": 1]) }
    let outside: JSONValue = [["name": "../x", "bytes": 1, "crc32": 1]]
    expectSentence("\"files\"") { try parse("files", outside) }
    expectSentence("m.json") { _ = try CheckpointManifest(parsing: [0x7b], name: "m.json") }
  }

  @Test func whatIsSavedIsRead() throws {
    let folder = TemporaryFolder()
    let store = CheckpointStore(folder: folder.file("checkpoints"))
    expectSentence("expected at least one checkpoint, found none") { _ = try store.latest() }
    let path = try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    #expect(path == folder.file("checkpoints/step-00000033"))
    let checkpoint = try store.latest()
    var expected = manifest
    expected.files = checkpoint.manifest.files
    #expect(checkpoint.manifest == expected)
    #expect(
      checkpoint.manifest.files.map(\.name) == ["model.safetensors", "optimizer.safetensors"])
    #expect(try checkpoint.modelState()["w"]?.floats() == [1, 2, 3])
    #expect(try checkpoint.optimizerState()["step"]?.integers() == [33])
  }

  @Test func keepsTheNewestAndTheBest() throws {
    let folder = TemporaryFolder()
    let store = CheckpointStore(folder: folder.path)
    for step in [10, 20, 30, 40, 50] {
      var manifest = manifest
      manifest.step = step
      manifest.best?.step = 20
      try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    }
    #expect(store.steps == [20, 40, 50])
    #expect(folder.names == ["step-00000020", "step-00000040", "step-00000050"])
  }

  @Test func theSameStepCanBeSavedAgain() throws {
    let folder = TemporaryFolder()
    let store = CheckpointStore(folder: folder.path)
    try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    let other = ["w": Tensor([9] as [Float])]
    try store.save(manifest, model: other, optimizer: optimizer, keeping: 2)
    #expect(try store.latest().modelState()["w"]?.floats() == [9])
    #expect(folder.names == ["step-00000033"])
  }

  @Test func aFullDiskLosesNothing() throws {
    let folder = TemporaryFolder()
    var store = CheckpointStore(folder: folder.path)
    try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    var later = manifest
    later.step = 44
    // Each of the three files in turn does not fit.
    for failing in 0..<3 {
      let count = Mutex(0)
      store.willWrite = { (path) throws(DataError) in
        let number = count.withLock { value -> Int in
          value += 1
          return value - 1
        }
        if number == failing { throw DataError(path, "cannot be written: the disk is full") }
      }
      expectSentence("the disk is full") {
        try store.save(later, model: model, optimizer: optimizer, keeping: 1)
      }
      #expect(folder.names == ["step-00000033"])
      #expect(try store.latest().modelState()["w"]?.floats() == [1, 2, 3])
    }
    store.willWrite = { _ in }
    try store.save(later, model: model, optimizer: optimizer, keeping: 1)
    #expect(store.steps == [44])
  }

  @Test func damageIsFoundAndTheOneBeforeNamed() throws {
    let folder = TemporaryFolder()
    let store = CheckpointStore(folder: folder.path)
    for step in [33, 44] {
      var manifest = manifest
      manifest.step = step
      try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    }
    let name = "step-00000044/model.safetensors"
    let whole = try #require(folder.contents(name))
    var flipped = whole
    flipped[whole.count - 3] ^= 1
    folder.write(flipped, name)
    expectSentence("expected the checksum", "step-00000033 is whole") { _ = try store.latest() }
    folder.write(Array(whole.dropLast(4)), name)
    expectSentence("expected \(whole.count) bytes, found \(whole.count - 4)") {
      _ = try store.latest()
    }
    folder.write(whole, name)
    #expect(try store.latest().manifest.step == 44)
    folder.write(Array("{".utf8), "step-00000044/manifest.json")
    expectSentence("step-00000044/manifest.json") { _ = try store.latest() }
    expectSentence("expected the folder of a checkpoint") {
      _ = try Checkpoint(folder: folder.file("nothing"))
    }
  }

  @Test func whatACrashLeftIsRemoved() throws {
    let folder = TemporaryFolder()
    let store = CheckpointStore(folder: folder.path)
    try store.save(manifest, model: model, optimizer: optimizer, keeping: 2)
    try Folder.create(folder.file(".tmp-step-00000044-77"))
    folder.write([1, 2], ".tmp-step-00000044-77/model.safetensors")
    try Folder.create(folder.file("step-00000099"))
    folder.write([1], "step-00000099/manifest.json")
    store.prepare(resumingAt: 33)
    #expect(folder.names == ["step-00000033"])
  }
}
