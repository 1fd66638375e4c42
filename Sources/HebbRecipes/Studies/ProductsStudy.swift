import HebbCore
import HebbNN
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// How fast products are, and how much of a network's time they take.
  ///
  /// - SeeAlso: Saito, "Deep Learning from Scratch", §8.3.1: convolutions take 95 % of AlexNet's
  ///   forward time on a GPU and 89 % on a CPU.
  static var products: Study {
    Study(
      name: "products", title: "Multiply and accumulate: products and AlexNet's layers",
      question: "How many operations a second does a matrix product reach, against OpenBLAS, which "
        + "computes the products in double precision? Which share of AlexNet's forward time do the "
        + "convolutions take? Run it on an idle machine.",
      expected: [
        .atLeast(
          0.8, "convolution_share",
          source: "Saito §8.3.1: convolutions take 89 % of AlexNet on a CPU"),
        .atLeast(
          1, "speed_over_openblas", source: "half as many bits: twice the speed is in reach"),
      ]
    ) { notebook in
      var rows: [[String]] = []
      var ratio = 0.0
      for n in notebook.isQuick ? [128] : [256, 512, 1024] {
        let speeds = [DType.float32, .float64].map { dtype -> Double in
          let a = Tensor.normal([n, n], dtype: dtype, using: PhiloxGenerator(seed: 1)).evaluated()
          let seconds = time(repeats: notebook.isQuick ? 2 : 9) { _ = matmul(a, a).evaluated() }
          return 2 * Double(n * n * n) / seconds / 1e9
        }
        ratio = speeds[0] / speeds[1]
        notebook.record("gflops_\(n)", speeds[0])
        notebook.record("openblas_double_gflops_\(n)", speeds[1])
        rows.append(["\(n)"] + speeds.map { NumberFormat.significant($0, digits: 3) })
        notebook.say(
          "\(n) x \(n): \(rows[rows.count - 1][1]) GFLOP/s, OpenBLAS in double precision "
            + "\(rows[rows.count - 1][2])")
      }
      notebook.record("speed_over_openblas", ratio)
      notebook.add(
        HTMLReport.Table(
          columns: ["n", "float32, GFLOP/s", "float64 by OpenBLAS, GFLOP/s"].map { .init($0) },
          rows: rows))
      try profile(notebook)
    }
  }

  /// The forward time of each layer of AlexNet.
  private static func profile(_ notebook: StudyNotebook) throws {
    let model = AlexNet(seed: notebook.seed)
    model.eval()
    let batch = notebook.isQuick ? 1 : 16
    var x = Tensor.normal([batch, 1, 224, 224], using: PhiloxGenerator(seed: 2)).evaluated()
    var (rows, total, convolutions): ([[String]], Double, Double) = ([], 0, 0)
    let layers = model.features.layers + [Flatten()] + model.classifier.layers
    for layer in layers {
      try notebook.checkStop()
      let input = x
      let seconds = time(repeats: notebook.isQuick ? 1 : 5) {
        x = withoutGradients { layer(input) }.evaluated()
      }
      total += seconds
      if layer is Conv2d { convolutions += seconds }
      rows.append([
        "\(type(of: layer))", "\(x.shape)", NumberFormat.significant(seconds * 1000, digits: 3),
      ])
    }
    notebook.record("convolution_share", convolutions / total)
    notebook.say(
      "AlexNet, \(batch) images: convolutions take \(NumberFormat.percent(convolutions / total)) of "
        + "\(NumberFormat.significant(total * 1000, digits: 3)) ms")
    notebook.add(
      HTMLReport.Table(columns: ["layer", "output", "ms"].map { .init($0) }, rows: rows))
  }

  /// The median time of some work in seconds, after a first time that does not count.
  private static func time(repeats: Int, _ work: () -> Void) -> Double {
    work()
    let times = (0..<repeats).map { _ in
      let start = ContinuousClock.now
      work()
      return (ContinuousClock.now - start) / .seconds(1)
    }
    return times.sorted()[repeats / 2]
  }
}
