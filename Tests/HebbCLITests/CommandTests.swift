import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

@Suite(.enabled(if: Tool.path != nil, Tool.absence), .serialized) struct CommandTests {
  @Test func helpIsAsItWas() throws {
    let folder = TemporaryFolder()
    let result = try Tool.run(["--help"], in: folder, environment: ["COLUMNS": "80"])
    #expect(result.status == 0)
    #expect(
      result.output == """
        OVERVIEW: Deep learning for Swift: trains, measures and uses networks.

        Begin with: hebb train lenet

        USAGE: hebb <subcommand>

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        SUBCOMMANDS:
          list                    Lists recipes, models, data sets, layers or systems.
          train                   Trains a recipe and leaves a run folder with a report.
          evaluate                Measures the model of a run on the test set.
          predict                 Asks the model of a run about inputs.
          verify                  Trains a recipe or runs a study and checks the result
                                  against the published one.
          run                     Runs a model with given weights on arrays.
          convert                 Converts files of tensors, such as weights.
          bench                   Measures the time of training steps and of the engine
                                  itself.
          profile                 Shows where the time of a training step goes.
          doctor                  Examines processor, libraries, threads and memory,
                                  and says what to do.

          See 'hebb help <subcommand>' for detailed help.

        """)
  }

  @Test(arguments: [
    "list", "train", "evaluate", "predict", "verify", "run", "convert", "bench", "profile",
    "doctor",
  ])
  func everyCommandHasHelp(command: String) throws {
    let result = try Tool.run([command, "--help"], in: TemporaryFolder())
    #expect(result.status == 0 && result.output.contains("USAGE: hebb \(command)"))
  }

  @Test func trainHasTheOptionsThatScriptsUse() throws {
    let help = try Tool.run(["train", "--help"], in: TemporaryFolder()).output
    for option in [
      "--quick", "--epochs", "--seed", "--data", "--out", "--resume", "--device", "--precision",
      "--set", "--threads",
    ] { #expect(help.contains(option), "\(option)") }
  }

  @Test func listsAreTablesOrJSON() throws {
    let folder = TemporaryFolder()
    let table = try Tool.run(["list"], in: folder)
    #expect(
      table.output.hasPrefix("linear-regression          Linear regression on synthetic data\n"))
    #expect(table.output.contains("\nsaito-dropout              Dropout on 300 images of MNIST\n"))
    for kind in ["models", "recipes", "datasets", "layers", "systems"] {
      let result = try Tool.run(["list", kind, "--json"], in: folder)
      let array = try JSONValue(parsing: result.output).arrayValue
      #expect(array?.first?[kind == "systems" ? "id" : "name"]?.stringValue != nil, "\(kind)")
    }
  }

  /// A wrong command line is 64, what else is wrong is one sentence and 1.
  @Test func errorsAreSentences() throws {
    let folder = TemporaryFolder()
    for arguments in [
      ["trian"], ["train", "lenet", "--quik"], ["train", "lenet", "--epochs", "many"],
      ["train", "lenet", "--epochs", "0"], ["train"], ["list", "cats"], ["bench", "--steps", "0"],
      ["train", "lenet", "--threads", "0"], ["verify", "lenet", "--quick"],
    ] {
      let result = try Tool.run(arguments, in: folder)
      #expect(result.status == 64 && result.errors.contains("Error:"), "\(arguments)")
    }
    folder.write([1], "file")
    for (arguments, part) in [
      (["train", "lnet"], "did you mean lenet?"),
      (["train", "lenet", "--set", "rat=1"], "did you mean rate?"),
      (["train", "lenet", "--set", "rate"], "key=value"),
      (["train", "lenet", "--set", "rate=inf"], "rate"),
      (["train", "lenet", "--device", "cuda"], "device cpu"),
      (["train", "lenet", "--precision", "fp16"], "fp32 or bf16"),
      (["train", "lenet", "--data", "nowhere"], "nowhere"),
      (["train", "linear-regression", "--out", "file"], "is a file"),
      (["train", "linear-regression", "--out", "file/run"], "is a file"),
      (["train", "linear-regression", "--out", "/proc/run"], "cannot be created"),
      (["train", "--resume", "nowhere"], "expected the folder of a run"),
      (["evaluate", "nowhere"], "expected the folder of a run"),
      (["predict", ".", "x.png"], "config.json"), (["verify", "nothing"], "one of the recipes"),
      (["bench", "nothing"], "one of the workloads"),
    ] {
      let result = try Tool.run(arguments, in: folder)
      #expect(result.status == 1 && !result.wasKilled, "\(arguments): \(result.errors)")
      #expect(result.sentence?.hasPrefix("hebb: ") == true, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(part), "\(arguments): \(result.errors)")
    }
  }

  @Test func trainEvaluatePredictVerify() throws {
    let folder = TemporaryFolder()
    let trained = try Tool.run(
      ["train", "linear-regression", "--out", "run", "--threads", "1"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let json = try #require(trained.json)
    #expect(json["recipe"] == "linear-regression" && json["steps"] == 300)
    #expect(json["run"] == "run" && json["report"] == "run/report.html")
    let loss = try #require(json["test_loss"]?.doubleValue)
    #expect(loss < 1.5e-4)
    #expect(trained.output.contains("epoch 3/3: train loss "))
    #expect(trained.output.contains("report: run/report.html"))
    // Not a terminal: nothing but lines, and no line for a run of a second.
    #expect(trained.errors.isEmpty && !trained.output.contains("\u{1b}"))

    let evaluated = try Tool.run(["evaluate", "run", "--threads", "1"], in: folder)
    #expect(evaluated.json?["test_loss"]?.doubleValue == loss)
    let predicted = try Tool.run(["predict", "run", "1,-1", "test:0"], in: folder)
    #expect(predicted.output.hasPrefix("1,-1: 9.") && predicted.output.contains("test:0: "))
    let object = try Tool.run(["predict", "run", "--json", "0,0"], in: folder).json
    let bias = try #require(object?["outputs"]?.arrayValue?.first?.doubleValue)
    #expect(abs(bias - 4.2) < 0.01)

    let verified = try Tool.run(["verify", "linear-regression"], in: folder)
    #expect(verified.status == 0 && verified.json?["passed"] == true)
    #expect(verified.output.contains("pass  test_loss"))
    // The default folder of a run.
    let runs = try Folder.names(in: folder.file("runs"))
    #expect(runs.first?.hasPrefix("linear-regression-20") == true)
    let failed = try Tool.run(
      ["verify", "linear-regression", "--set", "rate=0.001"], in: folder)
    #expect(failed.status == 1 && failed.json?["passed"] == false)
    #expect(failed.output.contains("FAIL  test_loss"))
  }

  @Test func doctorExamines() throws {
    let folder = TemporaryFolder()
    let result = try Tool.run(["doctor", "--json"], in: folder)
    #expect(result.status == 0)
    let json = try #require(result.json)
    for name in [
      "processor", "instruction sets", "matrix tiles", "backend", "oneDNN", "threads", "memory",
      "huge pages", "GPU", "Fashion-MNIST",
    ] { #expect(json[name]?["value"]?.stringValue?.isEmpty == false, "\(name)") }
    #expect(json["backend"]?["value"] == "cpu")
    #expect(json["oneDNN"]?["value"]?.stringValue?.hasPrefix("3.") == true)
    let text = try Tool.run(["doctor"], in: folder).output
    #expect(text.contains("oneDNN            3."))
  }

  @Test func benchPrintsWhatThePeersPrint() throws {
    let folder = TemporaryFolder()
    let result = try Tool.run(
      [
        "bench", "overhead", "tiny_add", "--json", "--steps", "1", "--quiet", "0", "--threads", "1",
      ],
      in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let lines = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(lines.map { $0["workload"] } == ["overhead", "tiny_add"])
    for line in lines {
      for key in [
        "peer", "version", "mode", "threads", "ms_per_step", "min", "max", "steps", "samples_per_s",
        "peak_rss_mb", "warmup_s", "other_cpu", "plan_ms", "overhead_ms", "cold_s",
      ] { #expect(line[key] != nil, "\(key)") }
      #expect(line["peer"] == "hebb" && line["threads"] == 1)
      let milliseconds = line["ms_per_step"]?.doubleValue ?? 0
      // Both are rounded, to 1e-3 and less.
      #expect(milliseconds > 0 && (line["overhead_ms"]?.doubleValue ?? 1e9) <= milliseconds + 1e-3)
      #expect((line["peak_rss_mb"]?.integerValue ?? 0) > 5)
    }
    #expect((lines.first?["record_ns"]?.doubleValue ?? 0) > 0)
    #expect((lines.first?["plan_us"]?.doubleValue ?? 0) > 0)
  }

  @Test func benchTakesSizes() throws {
    let folder = TemporaryFolder()
    let arguments = [
      "bench", "lenet_train", "--batch", "2", "--json", "--steps", "1", "--quiet", "0",
    ]
    let line = try JSONValue(parsing: Tool.run(arguments, in: folder).output)
    #expect(line["sizes"] == "--batch 2")
    // Counted: 0.58 for 256 pictures in the list of workloads.
    #expect(abs((line["gflop_per_step"]?.doubleValue ?? 0) - 0.58 / 128) < 0.0006)
    // Nothing is waited for before.
    for (arguments, sentence) in [
      (["lenet_train", "--depth", "3"], "the workload lenet_train has no depth to change"),
      (["lenet_train", "ew_sum", "--batch", "3"], "the workload ew_sum has no batch to change"),
      (["resnet20_train", "--depth", "21"], "6n + 2 layers, such as 8, 20 or 110, found 21"),
      (["lenet_train", "--size", "0"], "--size must be 1 to 4096"),
      (["lenet_train", "--batch", "0"], "--batch must be"),
      (["lenet_train", "--peak=-1"], "--peak must be"),
    ] {
      let result = try Tool.run(["bench"] + arguments, in: folder)
      #expect(result.status != 0 && result.errors.contains(sentence), "\(result.errors)")
      #expect(!result.errors.contains("ended with status"))
    }
  }

  private func text(_ folder: TemporaryFolder, _ name: String) -> String {
    String(decoding: folder.contents(name) ?? [], as: UTF8.self)
  }

  @Test func profileTellsKernelsAndLayers() throws {
    let folder = TemporaryFolder()
    let result = try Tool.run(
      [
        "profile", "lenet_train", "--batch", "2", "--steps", "2", "--json", "--trace", "trace.json",
      ], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let json = try JSONValue(parsing: result.output)
    let kernels = try #require(json["kernels"]?.arrayValue)
    #expect(
      kernels.contains {
        $0["kernel"]?.stringValue?.hasPrefix("convolution [2, 1, 28, 28]") ?? false
      })
    let layers = try #require(json["layers"]?.arrayValue).compactMap { $0["layer"]?.stringValue }
    for name in ["conv1 (Conv2d)", "fc3 (Linear)", "(optimizer)"] {
      #expect(layers.contains(name), "\(name) in \(layers)")
    }
    let trace = try JSONValue(parsing: text(folder, "trace.json"))
    let events = try #require(trace["traceEvents"]?.arrayValue)
    #expect(events.contains { $0["ph"] == "X" && $0["name"] == "step 1" })
    // What Perfetto needs: spans with beginning and length, counters with numbers.
    for event in events where event["ph"] == "X" {
      #expect((event["dur"]?.doubleValue ?? -1) >= 0 && event["ts"]?.doubleValue != nil)
      #expect(event["pid"]?.integerValue != nil && event["tid"]?.integerValue != nil)
    }
    let bytes = events.filter { $0["ph"] == "C" }.map { $0["args"]?["bytes"]?.integerValue ?? -1 }
    #expect(!bytes.isEmpty && bytes.allSatisfy { $0 > 0 })
    #expect(json["memory"]?.arrayValue?.isEmpty == false)
  }

  @Test func pageOnPerformanceComesFromLines() throws {
    let folder = TemporaryFolder()
    let lines = """
      {"threads":2,"peak_gflops":300,"bandwidth_gbps":70}
      {"workload":"lenet_train","peer":"hebb","mode":"fp32","ms_per_step":5,"peak_rss_mb":50,"gflops":100}
      {"workload":"lenet_train","peer":"torch","mode":"eager","ms_per_step":12,"peak_rss_mb":700,"other_cpu":0}
      {"workload":"lenet_train","peer":"torch","mode":"eager","ms_per_step":9,"peak_rss_mb":700,"other_cpu":1}
      {"workload":"lenet_train","peer":"torch","mode":"bf16","ms_per_step":1,"other_cpu":0}
      {"workload":"lenet_train","peer":"jax","mode":"jit","error":"over 3 s"}
      """
    folder.write(Array(lines.utf8), "lines.jsonl")
    let arguments = ["bench", "--page", "docs", "--lines", "lines.jsonl"]
    #expect(try Tool.run(arguments, in: folder).status == 0)
    let page = text(folder, "docs/performance.md")
    // Undisturbed lines count first, narrow types and failures not at all.
    #expect(page.contains("| lenet_train | 5 | 12 | torch eager | 0.42 |"), "\(page)")
    #expect(page.contains("**0.42**"))
    let written = page.replacing("kept -->", with: "kept -->\nBy hand.")
    folder.write(Array(written.utf8), "docs/performance.md")
    #expect(try Tool.run(arguments, in: folder).status == 0)
    #expect(text(folder, "docs/performance.md").contains("\nBy hand."))
  }
}
