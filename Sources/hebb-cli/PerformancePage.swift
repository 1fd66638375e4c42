import Hebb

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `docs/performance.md`, made from measured lines.
struct PerformancePage {
  let lines: PerformanceLines
  /// What people have written between the two marks of an earlier page.
  let notes: String

  static let notesBegin = "<!-- notes: what stands from here to the end of notes is kept -->"
  static let notesEnd = "<!-- end of notes -->"

  /// The notes of a page that is there; nothing if there is none.
  static func notes(of page: String?) -> String {
    guard let page, let begin = page.firstRange(of: notesBegin),
      let end = page.firstRange(of: notesEnd), begin.upperBound <= end.lowerBound
    else { return "\n" }
    return String(page[begin.upperBound..<end.lowerBound])
  }

  /// The page, with pictures under `images/`.
  var text: String {
    let machine = Machine.current
    var text = """
      # Performance

      Written by `make bench`, which measures Hebb and the other frameworks that are installed, one after \
      the other on the idle machine. A step is everything between two batches: forward pass, loss, gradients, \
      clipping where the workload has it, and the optimizer's update; or one forward pass for inference. \
      Times are medians of at least ten steps after three to warm up, in float32. Each workload runs in a process of its \
      own. A ratio below 1 means that Hebb is faster.

      ## Machine

      | | |
      |---|---|
      | processor | \(machine.summary) |
      | memory | \(NumberFormat.bytes(machine.memoryByteCount)) |
      | system | \(machine.system) |

      """
    if let peak = lines.peak {
      text += "| matrix product (oneDNN, float32) | \(Self.short(peak)) GFLOP/s |\n"
    }
    if let bandwidth = lines.bandwidth {
      text += "| memory (copy of 64 MB) | \(Self.short(bandwidth)) GB/s |\n"
    }
    text += "\n" + steps + limits + memory + growth
    return text + """
      ## Notes

      \(Self.notesBegin)\(notes)\(Self.notesEnd)

      ## Run it again

      `make bench` measures what has no line yet and writes this page; `HEBB_PEERS` and \
      `HEBB_PEER_PYTHONS` say where the other frameworks are (`Tools/bench/run.py --help`). One workload: \
      `hebb bench lenet_train`. Where its time goes: `hebb profile lenet_train`.

      """
  }

  // MARK: - Tables

  private static func short(_ value: Double) -> String {
    value >= 100
      ? NumberFormat.grouped(Int(value.rounded())) : NumberFormat.significant(value, digits: 3)
  }

  private static func time(_ line: PerformanceLines.Line?) -> String {
    guard let line, let time = line.milliseconds else { return "" }
    return short(time) + (line.isDisturbed ? "~" : "")
  }

  private static func table(_ rows: [[String]]) -> String {
    guard let head = rows.first else { return "" }
    let rule = head.map { _ in "---" }
    return ([head, rule] + rows.dropFirst()).map { "| \($0.joined(separator: " | ")) |\n" }.joined()
      + "\n"
  }

  private var steps: String {
    var rows = [["workload", "Hebb, ms", "fastest other, ms", "which", "ratio", "others, ms"]]
    var logarithms: [Double] = []
    var above: [String] = []
    for workload in lines.workloads {
      let hebb = lines.hebb(workload)
      let others = lines.others(workload)
      var ratio = ""
      if let mine = hebb?.milliseconds, let best = others.first?.milliseconds {
        logarithms.append(log(mine / best) as Double)
        ratio = NumberFormat.fixed(mine / best, digits: 2)
        if mine > best { above.append("\(workload) (\(ratio))") }
      }
      rows.append([
        workload, Self.time(hebb), Self.time(others.first),
        others.first.map { "\($0.peer) \($0.mode)" } ?? "", ratio,
        others.dropFirst().prefix(3).map { "\($0.peer) \($0.mode) \(Self.time($0))" }
          .joined(separator: ", "),
      ])
    }
    var text = "## Time of a step\n\n" + Self.table(rows)
    if !logarithms.isEmpty {
      let mean = exp(logarithms.reduce(0, +) / Double(logarithms.count)) as Double
      text +=
        "Geometric mean of the ratios over \(NumberFormat.count(logarithms.count, "workload")): "
        + "**\(NumberFormat.fixed(mean, digits: 2))**. "
      text +=
        above.isEmpty ? "None is above 1.\n\n" : "Above 1: \(above.joined(separator: ", ")).\n\n"
    }
    return text + "~: measured while other programs ran.\n\n"
  }

  private var limits: String {
    var rows = [
      [
        "workload", "GFLOP a step", "GFLOP/s", "of the product", "GB/s", "of the memory",
        "outside of kernels, ms",
        "planning, ms", "first step after, s",
      ]
    ]
    func percent(_ value: Double?) -> String {
      value.map { NumberFormat.percent($0, digits: 0) } ?? ""
    }
    func plain(_ value: Double?) -> String { value.map(Self.short) ?? "" }
    for workload in lines.workloads {
      guard let line = lines.hebb(workload) else { continue }
      let gigaflops = line.number("gflops")
      let share = zip(gigaflops, lines.peak).map { $0 / $1 } ?? line.number("peak_fraction")
      rows.append([
        workload, plain(line.number("gflop_per_step")), plain(gigaflops), percent(share),
        plain(line.number("gbps")), percent(line.number("bandwidth_fraction")),
        plain(line.number("overhead_ms")), plain(line.number("plan_ms")),
        plain(line.number("cold_s")),
      ])
    }
    return """
      ## Distance from the limit

      Arithmetic is that of matrix products and convolutions alone. Memory-bound workloads are compared with \
      loops that only move as many bytes.

      \(Self.table(rows))
      """
  }

  private func zip(_ a: Double?, _ b: Double?) -> (Double, Double)? {
    guard let a, let b else { return nil }
    return (a, b)
  }

  private var memory: String {
    var rows = [["workload", "Hebb, MB", "PyTorch, MB", "ratio", "least of all others, MB"]]
    for workload in lines.workloads {
      guard let mine = lines.hebb(workload)?.number("peak_rss_mb") else { continue }
      let others = lines.others(workload)
      let torch = others.filter { $0.peer == "torch" }.compactMap { $0.number("peak_rss_mb") }.min()
      let least = others.compactMap { $0.number("peak_rss_mb") }.min()
      rows.append([
        workload, Self.short(mine), torch.map(Self.short) ?? "",
        torch.map { NumberFormat.fixed(mine / $0, digits: 2) } ?? "", least.map(Self.short) ?? "",
      ])
    }
    return "## Peak memory of the process\n\n" + Self.table(rows)
  }

  // MARK: - Growth

  private struct Curve: Sendable {
    var file: String
    var title: String
    var xLabel: String
    var workload: String
    var option: String
    /// What a step has of, for the time of one.
    var unit: String
    var units: @Sendable (Int) -> Double
  }

  private static let curves = [
    Curve(
      file: "growth-batch.svg", title: "ResNet-20: step time against the batch",
      xLabel: "images in a batch",
      workload: "resnet20_train", option: "--batch", unit: "image", units: { Double($0) }),
    Curve(
      file: "growth-depth.svg", title: "ResNet: step time against the depth, batch 128",
      xLabel: "layers",
      workload: "resnet20_train", option: "--depth", unit: "layer", units: { Double($0) }),
    Curve(
      file: "growth-length.svg", title: "GPT: step time against the length, batch 2",
      xLabel: "tokens in a sequence",
      workload: "gpt_small_train", option: "--length", unit: "token", units: { 2 * Double($0) }),
  ]

  /// The pictures by name.
  var images: [(name: String, svg: String)] {
    Self.curves.compactMap { curve in
      let points = lines.growth(curve.workload, curve.option)
      guard points.count > 1 else { return nil }
      let times = points.map { Series.Point(Double($0.x), $0.line.milliseconds ?? 0) }
      var chart = LineChart(
        title: curve.title, xLabel: curve.xLabel, yLabel: "ms a step", yScale: .logarithmic,
        series: [Series("Hebb", points: times)])
      chart.xScale = .logarithmic
      return (curve.file, chart.svg(width: 720, height: 400))
    }
  }

  private var growth: String {
    var text = ""
    for curve in Self.curves {
      let points = lines.growth(curve.workload, curve.option)
      guard points.count > 1 else { continue }
      text += "![\(curve.title)](images/\(curve.file))\n\n"
      var rows = [[curve.xLabel, "ms", "µs per \(curve.unit)", "GFLOP/s"]]
      for (x, line) in points {
        let time = line.milliseconds ?? 0
        rows.append([
          String(x), Self.time(line), Self.short(time * 1e3 / curve.units(x)),
          line.number("gflops").map(Self.short) ?? "",
        ])
      }
      text += Self.table(rows)
    }
    return text.isEmpty ? "" : "## Growth\n\nBoth axes are logarithmic.\n\n" + text
  }
}
