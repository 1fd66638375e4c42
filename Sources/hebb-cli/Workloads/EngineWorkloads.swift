import Hebb

/// What the engine costs besides arithmetic.
extension Workload {
  static let engine: [Workload] = [
    Workload(name: "overhead", batch: 1, sizes: [], make: overhead),
    Workload(name: "tiny_add", batch: 10_000, make: tinyAdditions),
  ]

  /// 10,000 additions of two vectors of four elements, each computed by itself.
  private static func tinyAdditions(_ sizes: Sizes) -> Steps {
    let (x, y) = (Tensor.ones([4]).evaluated(), Tensor.ones([4]).evaluated())
    let count = sizes.batch
    return Steps(step: { for _ in 0..<count { (x + y).evaluated() } })
  }

  /// What the engine costs besides arithmetic: recording an operation, and running a plan of 100
  /// tiny nodes that was made before.
  private static func overhead(_ sizes: Sizes) -> Steps {
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
