import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbTraining
import Testing

@Suite struct MetricTests {
  @Test func sumsWeighExamples() throws {
    var sums = MetricSums()
    #expect(sums.mean("loss") == nil && sums.means.isEmpty)
    sums.add([("loss", 3), ("accuracy", 2)], count: 4)
    sums.add([("loss", 5)], count: 1)
    #expect(sums.mean("loss") == 1.6)
    #expect(sums.mean("accuracy") == 0.4)
    #expect(sums.mean("other") == nil)
    #expect(sums.means.map(\.name) == ["loss", "accuracy"])
  }

  @Test func sumsSurviveACheckpoint() throws {
    var sums = MetricSums()
    sums.add([("loss", 0.1 + 0.2), ("odd", .leastNonzeroMagnitude)], count: 3)
    let text = sums.json.text()
    let back = try #require(MetricSums(json: JSONValue(parsing: text)))
    #expect(back == sums)
    #expect(MetricSums(json: ["count": -1, "sums": [:]]) == nil)
    #expect(MetricSums(json: ["count": 1, "sums": ["loss": "x"]]) == nil)
    #expect(MetricSums(json: 3) == nil)
  }

  @Test func confusion() {
    var counts = ConfusionCounts(classCount: 3)
    #expect(counts.accuracy == nil)
    for (truth, prediction) in [(0, 0), (0, 1), (2, 2), (2, 2)] {
      counts.add(truth: truth, prediction: prediction)
    }
    #expect(counts.rows == [[1, 1, 0], [0, 0, 0], [0, 0, 2]])
    #expect(counts[0, 1] == 1 && counts.total == 4 && counts.accuracy == 0.75)
  }

  /// A model that says what it is shown: inputs are logits.
  private final class Echo: Layer, ModeDependent {
    var isTraining = true
    func callAsFunction(_ x: Tensor) -> Tensor { x * 1 }
  }

  @Test func detailsAndEvaluationAgreeWithCountingByHand() throws {
    // Logits ln p of p = (.7, .2, .1) for a, (.5, .3, .2) for b, (.1, .1, .8) for a.
    let logits = [0.7, 0.2, 0.1, 0.5, 0.3, 0.2, 0.1, 0.1, 0.8].map { Float($0) }
    let inputs = log(Tensor(logits, shape: [3, 3]))
    let data = ArrayDataset(inputs: inputs, targets: Tensor([0, 1, 0] as [Int64]))
    let model = Echo()
    let sums = try evaluate(
      model, Classification(classNames: ["a", "b", "c"]), on: AnyDataset(data), batchSize: 2)
    // -(ln .7 + ln .3 + ln .1) / 3 and one of three.
    #expect(abs(sums.mean("loss")! - 1.287744) < 1e-6)
    #expect(sums.mean("accuracy") == 1.0 / 3)
    #expect(model.isTraining)

    let details = try ClassificationDetails(of: model, on: AnyDataset(data), classCount: 3)
    #expect(details.confusion.rows == [[1, 0, 1], [1, 0, 0], [0, 0, 0]])
    #expect(details.worst.map(\.index) == [2, 1])
    let worst = try #require(details.worst.first)
    #expect(worst.truth == 0 && worst.prediction == 2)
    #expect(abs(worst.probability - 0.8) < 1e-6 && abs(worst.loss - 2.302585) < 1e-5)
    #expect(details.first.map(\.index) == [0, 1, 2])
    #expect(details.first.map(\.isRight) == [true, false, false])
    let one = try ClassificationDetails(of: model, on: AnyDataset(data), classCount: 3, limit: 1)
    #expect(one.worst.map(\.index) == [2] && one.first.map(\.index) == [0])
  }
}
