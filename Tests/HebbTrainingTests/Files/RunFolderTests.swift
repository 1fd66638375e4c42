import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct RunFolderTests {
  private let configuration = JSONObject([("recipe", .string("x")), ("seed", .integer(3))])

  @Test func isMadeWithAllFoldersAboveIt() throws {
    let folder = TemporaryFolder()
    let run = try RunFolder.create(at: folder.file("a/b/c/"), configuration: configuration)
    #expect(run.path == folder.file("a/b/c"))
    #expect(try RunFolder.open(folder.file("a/b/c/")).configuration() == configuration)
    #expect(run.checkpoints.folder == folder.file("a/b/c/checkpoints"))
  }

  @Test func doesNotTouchWhatIsThere() throws {
    let folder = TemporaryFolder()
    folder.write([1], "precious")
    expectSentence("expected a new or empty folder", "--resume") {
      _ = try RunFolder.create(at: folder.path, configuration: configuration)
    }
    #expect(folder.names == ["precious"])
    expectSentence("is a file") {
      _ = try RunFolder.create(at: folder.file("precious"), configuration: configuration)
    }
    expectSentence("is a file") {
      _ = try RunFolder.create(at: folder.file("precious/run"), configuration: configuration)
    }
  }

  // The tests may run as root, whom permissions do not stop; the kernel's own folders do.
  @Test(arguments: ["/proc/hebb-run", "/sys/hebb-run", ""])
  func unwritableFolders(path: String) {
    expectSentence(path.isEmpty ? "expected the path" : "cannot be created") {
      _ = try RunFolder.create(at: path, configuration: configuration)
    }
  }

  @Test func whatIsNoRunIsRefused() throws {
    let folder = TemporaryFolder()
    expectSentence("expected the folder of a run with its config.json") {
      _ = try RunFolder.open(folder.path)
    }
    expectSentence("expected the folder of a run, found none") {
      _ = try RunFolder.open(folder.file("nothing"))
    }
    folder.write(Array("[1]".utf8), "config.json")
    expectSentence("expected a JSON object") {
      _ = try RunFolder.open(folder.path).configuration()
    }
  }

  @Test func logsContinueWhereTheyWere() throws {
    let folder = TemporaryFolder()
    let path = folder.file("metrics.jsonl")
    do {
      let log = try MetricsLog(path: path)
      try log.append(JSONObject([("step", .integer(1))]))
      try log.append(JSONObject([("step", .integer(2))]))
      try log.synchronize()
      #expect(log.byteCount == 22)
    }
    do {
      // The second line belonged to steps that are computed again.
      let log = try MetricsLog(path: path, continuingAt: 11)
      try log.append(JSONObject([("step", .integer(3))]))
    }
    #expect(folder.contents("metrics.jsonl") == Array("{\"step\":1}\n{\"step\":3}\n".utf8))
    #expect(try MetricsLog.read(path).compactMap { $0["step"]?.integerValue } == [1, 3])
    expectSentence("expected at least 100 bytes, found 22") {
      _ = try MetricsLog(path: path, continuingAt: 100)
    }
    expectSentence("metrics.jsonl", "cannot be written") {
      _ = try MetricsLog(path: folder.file("none/metrics.jsonl"))
    }
  }

  @Test func fullDevicesAreReported() throws {
    let log = try MetricsLog(path: "/dev/full")
    expectSentence("/dev/full", "the disk is full") {
      try log.append(JSONObject([("step", .integer(1))]))
    }
  }

  @Test func brokenLinesAreLeftOut() throws {
    let folder = TemporaryFolder()
    folder.write(Array("{\"a\":1}\nnonsense\n[2]\n\n{\"a\":3".utf8), "metrics.jsonl")
    #expect(try MetricsLog.read(folder.file("metrics.jsonl")).count == 1)
  }

  @Test func paths() {
    #expect(Folder.parent(of: "/a/b/") == "/a" && Folder.parent(of: "/a") == "/")
    #expect(Folder.parent(of: "a") == "." && Folder.parent(of: "a/b") == "a")
    #expect(Folder.lastName(of: "/a/b/") == "b" && Folder.trimmed("/") == "/")
  }
}
