import Foundation
import HebbCPU
import HebbCore
import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

/// Against scikit-learn (Tools/golden/metrics.py), in portions of 7, so that streaming is tested too.
@Suite struct MetricGoldenTests {
  private let file: [String: Tensor]

  init() throws { file = try golden("metrics") }

  private func doubles(_ name: String) throws -> [Double] {
    try #require(file[name]).cast(to: .float64).doubles()
  }

  /// Feeds two tensors in portions.
  private func feed<M: Metric>(_ metric: inout M, _ outputs: String, _ targets: String) throws {
    let (outputs, targets) = (try #require(file[outputs]), try #require(file[targets]))
    // What is forgotten must not count.
    metric.update(outputs, targets)
    metric.reset()
    for start in stride(from: 0, to: targets.count, by: 7) {
      let rows = Tensor((start..<min(start + 7, targets.count)).map { Int64($0) })
      metric.update(outputs.gathering(rows), targets.gathering(rows))
    }
  }

  @Test func topAccuracyAndErrorRate() throws {
    for (index, expected) in try doubles("top_k").enumerated() {
      var accuracy = TopAccuracy(index + 1)
      try feed(&accuracy, "logits", "labels")
      #expect(accuracy.value == expected && accuracy.error == 1 - expected)
      #expect(accuracy.count == 90)
    }
    #expect(TopAccuracy().value.isNaN)
    // Logits that are no numbers are never right.
    var broken = TopAccuracy()
    broken.update(Tensor([Double.nan, .nan], shape: [1, 2]), Tensor([0]))
    #expect(broken.value == 0)
  }

  @Test func confusionMatrixAndWhatFollowsFromIt() throws {
    var confusion = ConfusionCounts(classCount: 4)
    try feed(&confusion, "predictions", "labels")
    #expect(confusion.rows.joined().map { $0 } == (try #require(file["confusion"])).integers())
    let close = 1e-14
    expectClose([try #require(confusion.accuracy)], try doubles("accuracy"), within: close)
    expectClose(
      [try #require(confusion.balancedAccuracy)], try doubles("balanced_accuracy"), within: close)
    expectClose([try #require(confusion.kappa)], try doubles("kappa"), within: close)
    expectClose([confusion.matthewsCorrelation], try doubles("mcc"), within: close)
    #expect(confusion.errorRate == 1 - (confusion.accuracy ?? 0))
    var fromScores = ConfusionCounts(classCount: 4)
    try feed(&fromScores, "logits", "labels")
    let top = try doubles("top_k")[0]
    #expect(fromScores.accuracy == top)
  }

  @Test func precisionRecallAndF() throws {
    var confusion = ConfusionCounts(classCount: 4)
    try feed(&confusion, "predictions", "labels")
    for average in ClassAverage.allCases {
      let name = "\(average)"
      let found = [1.0, 2].flatMap { beta -> [Double] in
        let scores = confusion.scores(average, beta: beta)
        return [scores.precision, scores.recall, scores.fScore]
      }
      expectClose(found, try doubles("prf_\(name)"), within: 1e-14, name)
    }
    let each = [1.0, 2].flatMap { beta -> [Double] in
      let scores = confusion.classScores(beta: beta)
      return scores.map(\.precision) + scores.map(\.recall) + scores.map(\.fScore)
    }
    expectClose(each, try doubles("prf_classes"), within: 1e-14)
  }

  @Test func rankingCurvesAndAreas() throws {
    var ranking = RankingScores()
    try feed(&ranking, "binary_scores", "binary_labels")
    let close = 1e-13
    expectClose([try #require(ranking.areaUnderROC)], try doubles("roc_auc"), within: close)
    expectClose(
      [try #require(ranking.averagePrecision)], try doubles("average_precision"), within: close)
    let curve = ranking.precisionRecallCurve
    expectClose(curve.map(\.precision), try doubles("pr_precision"), within: close)
    expectClose(curve.map(\.recall), try doubles("pr_recall"), within: close)
    expectClose(curve.dropLast().map(\.threshold), try doubles("pr_thresholds"), within: close)
    expectClose(
      ranking.rocCurve.map(\.falsePositiveRate), try doubles("roc_false"), within: close)
    expectClose(ranking.rocCurve.map(\.truePositiveRate), try doubles("roc_true"), within: close)
    var oneClass = RankingScores()
    oneClass.update(Tensor([1.0, 2]), Tensor([0, 0]))
    #expect(oneClass.areaUnderROC == nil && oneClass.averagePrecision == nil)
  }

  @Test func regressionErrors() throws {
    var errors = RegressionErrors()
    try feed(&errors, "regression_predictions", "regression_targets")
    let found = [
      errors.meanSquared, errors.rootMeanSquared, errors.meanAbsolute, errors.determination,
    ]
    expectClose(found, try doubles("regression"), within: 1e-12)
    var constant = RegressionErrors()
    constant.update(Tensor([2.0, 2]), Tensor([2.0, 2]))
    #expect(constant.determination == 1)
    constant.update(Tensor([3.0]), Tensor([2.0]))
    #expect(constant.determination == 0 && RegressionErrors().meanSquared.isNaN)
  }

  /// The three limit cases: certain and right, uniform, certain and wrong.
  @Test func perplexityHasItsLimits() {
    var perplexity = Perplexity()
    let right: [Double] = [0, -.infinity, -.infinity, -.infinity, 0, -.infinity]
    perplexity.update(Tensor(right, shape: [2, 3]), Tensor([0, 1]))
    #expect(perplexity.value == 1)
    perplexity.reset()
    let threes = Tensor(Array(repeating: 3, count: 10), shape: [2, 5])
    perplexity.update(Tensor.zeros([2, 5, 7]), threes)
    #expect(abs(perplexity.value - 7) < 1e-12 && perplexity.count == 10)
    perplexity.reset()
    perplexity.update(Tensor(right, shape: [2, 3]), Tensor([1, -100]))
    #expect(perplexity.value == .infinity && perplexity.count == 1)
  }
}

/// The tensors of `Tests/Goldens/<file>.safetensors` (see Tools/golden).
private func golden(_ file: String) throws -> [String: Tensor] {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  return try SafeTensors(path: "\(parts.joined(separator: "/"))/Goldens/\(file).safetensors")
    .tensors()
}
