import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// In `Hebb.debug`, losses of logits stop at probabilities.
@Suite struct LogitsCheckTests {
  @Test func softmaxTwiceStops() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Hebb.debug {
        let answers = softmax(Tensor.sample([4, 3], 1).source())
        _ = softmaxCrossEntropy(logits: answers, labels: Tensor([0, 1, 2, 0]))
      }
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("every row of the logits [4, 3] sums to 1"), "\(sentence)")
  }

  @Test func softmaxTwiceStopsWithDistributions() async {
    await #expect(processExitsWith: .failure) {
      Hebb.debug {
        let answers = softmax(Tensor.sample([4, 3], 1))
        _ = softmaxCrossEntropy(logits: answers, targets: answers)
      }
    }
  }

  @Test func sigmoidTwiceStops() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Hebb.debug {
        let answers = sigmoid(Tensor.sample([4, 1], 1).source()).reshaped(to: [4])
        _ = binaryCrossEntropy(logits: answers, targets: .ones([4]))
      }
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("the logits [4] come from sigmoid"), "\(sentence)")
  }

  @Test func logitsPass() {
    Hebb.debug {
      let x = Tensor.sample([4, 3], 1).source()
      _ = softmaxCrossEntropy(logits: x, labels: Tensor([0, 1, 2, 0]))
      _ = binaryCrossEntropy(logits: x, targets: .ones([4, 3]))
      _ = binaryCrossEntropy(logits: sigmoid(x) * 4 - 2, targets: .ones([4, 3]))
      // One row is no distribution.
      let mixed = concatenate([softmax(x), x], axis: 0)
      _ = softmaxCrossEntropy(logits: mixed, labels: .zeros([8], dtype: .int64))
    }
    // Outside of it nothing is looked at.
    let answers = softmax(Tensor.sample([4, 3], 1))
    #expect(softmaxCrossEntropy(logits: answers, labels: Tensor([0, 1, 2, 0])).item() > 0)
  }
}

/// Losses of predictions and targets, each with shapes that would broadcast.
@Suite struct EqualShapesTests {
  enum Loss: String, CaseIterable, Codable, Sendable {
    case squared, root, sumOfSquares, absolute, huber, smooth, binaryLogits, binary, focal, softmax
    case hinge, margin, divergence

    func callAsFunction(_ x: Tensor, _ y: Tensor) -> Tensor {
      switch self {
      case .squared: meanSquaredError(predictions: x, targets: y)
      case .root: rootMeanSquaredError(predictions: x, targets: y)
      case .sumOfSquares: sumOfSquaredErrors(predictions: x, targets: y)
      case .absolute: meanAbsoluteError(predictions: x, targets: y)
      case .huber: HebbNN.huber(predictions: x, targets: y)
      case .smooth: smoothL1(predictions: x, targets: y)
      case .binaryLogits: binaryCrossEntropy(logits: x, targets: y)
      case .binary: binaryCrossEntropy(probabilities: x, targets: y)
      case .focal: focalLoss(logits: x, targets: y)
      case .softmax: softmaxCrossEntropy(logits: x, targets: y)
      case .hinge: HebbNN.hinge(scores: x, signs: y)
      case .margin: softMargin(scores: x, signs: y)
      case .divergence: klDivergence(logProbabilities: x, targets: y)
      }
    }
  }

  @Test(arguments: Loss.allCases) func broadcastingStops(_ loss: Loss) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [loss] in
      _ = loss(.ones([4, 1]), .ones([4, 4]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("[4, 1]") && sentence.contains("[4, 4]"), "\(loss): \(sentence)")
    #expect(loss(.ones([4, 4]), .ones([4, 4])).item().isFinite)
  }
}
