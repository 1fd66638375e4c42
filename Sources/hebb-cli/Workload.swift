import Hebb

/// Something that is measured: steps that are made over and over.
struct Workload: Sendable {
  let name: String
  /// The examples in a step.
  let batch: Int
  /// Makes model and data and returns a step that is computed when it returns.
  let make: @Sendable () -> Steps

  /// The steps of a workload, and what else is known about them afterwards.
  struct Steps {
    var step: () -> Void
    var facts: () -> [(String, JSONValue)] = { [] }
  }

  static let all: [Workload] = [
    Workload(name: "overhead", batch: 1, make: overhead),
    Workload(name: "lenet_train", batch: 256, make: leNetTraining),
    Workload(name: "mlp_train", batch: 256, make: mlpTraining),
    Workload(name: "tiny_add", batch: 10_000, make: tinyAdditions),
  ]

  static func named(_ name: String) throws -> Workload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw DataError(
      "expected one of the workloads \(all.map(\.name).joined(separator: ", ")), found \"\(name)\"; "
        + "check the spelling")
  }

  /// The line that the scripts for other frameworks print, and what only Hebb has.
  func object(_ measured: Measurement) -> JSONObject {
    func rounded(_ value: Double, _ digits: Int) -> JSONValue {
      .number(Double(NumberFormat.fixed(value, digits: digits)) ?? value)
    }
    var object = JSONObject([("workload", .string(name)), ("peer", .string("hebb"))])
    object["version"] = .string(hebbVersion)
    object["mode"] = .string("fp32")
    object["threads"] = .integer(Hebb.threads)
    // Microseconds matter where a step takes few of them.
    let digits = measured.median < 0.1 ? 5 : 3
    object["ms_per_step"] = rounded(measured.median, digits)
    object["min"] = rounded(measured.least, digits)
    object["max"] = rounded(measured.most, digits)
    object["steps"] = .integer(measured.count)
    object["samples_per_s"] = rounded(Double(batch) / measured.median * 1e3, 1)
    object["peak_rss_mb"] = .integer(PeakMemory.megabytes)
    object["warmup_s"] = rounded(measured.warmUpSeconds, 3)
    object["other_cpu"] = rounded(measured.otherProcessors, 2)
    object["plan_ms"] = rounded(measured.planMilliseconds, 3)
    for (key, value) in measured.facts { object[key] = value }
    return object
  }

  func text(_ measured: Measurement) -> String {
    let numbers = [measured.median, measured.least, measured.most].map {
      NumberFormat.significant($0, digits: 4)
    }
    return "\(name): \(numbers[0]) ms a step (\(numbers[1]) to \(numbers[2])), "
      + "\(NumberFormat.grouped(Int(Double(batch) / measured.median * 1e3))) samples/s, "
      + "peak \(PeakMemory.megabytes) MB"
      + measured.facts.map { ", \($0.0) \($0.1.text())" }.joined()
  }
}

extension Workload {
  /// LeNet, SGD with rate .1, 256 images in a batch.
  private static func leNetTraining() -> Steps {
    let model = LeNet5(seed: 0)
    return classification(model, SGD(model, rate: 0.1), input: [256, 1, 28, 28])
  }

  /// 784-256-256-10 with ReLU, Adam with rate .001, 256 vectors in a batch.
  private static func mlpTraining() -> Steps {
    let model = MLP(sizes: [784, 256, 256, 10], seed: 0)
    return classification(model, Adam(model, rate: 0.001), input: [256, 784])
  }

  /// Whole training steps on a batch of noise that is made once.
  private static func classification(
    _ model: any Layer, _ optimizer: any Optimizer, input: Shape
  ) -> Steps {
    let generator = PhiloxGenerator(seed: 0)
    let inputs = Tensor.normal(input, using: generator).evaluated()
    var random = generator.mixing("labels")
    let labels = Tensor((0..<input[0]).map { _ in random.nextInteger(below: 10) })
    model.train()
    return Steps(step: {
      let loss = softmaxCrossEntropy(logits: model(inputs), labels: labels)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    })
  }

  /// 10,000 additions of two vectors of four elements, each computed by itself.
  private static func tinyAdditions() -> Steps {
    let (x, y) = (Tensor.ones([4]).evaluated(), Tensor.ones([4]).evaluated())
    return Steps(step: { for _ in 0..<10_000 { (x + y).evaluated() } })
  }

  /// What the engine costs besides arithmetic: recording an operation, and running a plan of 100
  /// tiny nodes that was made before.
  private static func overhead() -> Steps {
    let x = Tensor.ones([4]).evaluated()
    // The chain is kept until the next step, so that its release is not measured.
    var kept = x
    var recording: [Double] = []
    let clock = ContinuousClock()
    return Steps(
      step: {
        tinyGraph(from: x).evaluated()
        var chain = x
        let count = 2_000
        let time = clock.measure { for _ in 0..<count { chain = chain + x } }
        recording.append(time.seconds / Double(count) * 1e9)
        kept = chain
      },
      facts: {
        let evaluating = evaluationMicroseconds(of: x)
        let nanoseconds = (recording.sorted()[recording.count / 2] * 10).rounded() / 10
        return [
          ("record_ns", .number(nanoseconds)), ("plan_us", .number(evaluating)),
          ("plan_nodes", .integer(tinyGraphNodeCount)), ("kept", .integer(kept.count)),
        ]
      })
  }

  static let tinyGraphNodeCount = 100

  /// 100 nodes on four elements each: sums and products in turn, every tenth a reduction.
  private static func tinyGraph(from x: Tensor) -> Tensor {
    var y = x
    for _ in 0..<tinyGraphNodeCount / 10 {
      for _ in 0..<4 { y = (y + x) * 0.5 }
      y = y - y.sum(keepingDimensions: true)
    }
    return y
  }

  /// The median time of computing the tiny graph with its plan made before.
  private static func evaluationMicroseconds(of x: Tensor) -> Double {
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<2_000 {
      let graph = tinyGraph(from: x)
      times.append(clock.measure { graph.evaluated() }.seconds * 1e6)
    }
    return (times.sorted()[times.count / 2] * 100).rounded() / 100
  }
}
