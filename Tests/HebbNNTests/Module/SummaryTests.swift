import HebbCore
import HebbNN
import Testing

@Suite struct SummaryTests {
  @Test func aSequenceShowsEveryShape() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential {
      Conv2d(inputs: 1, outputs: 6, kernel: 5, padding: 2, using: &random)
      BatchNorm2d(channels: 6)
      Sequential {
        ReLU()
        AvgPool2d(kernel: 2)
      }
      Flatten()
      Dropout(0.5, using: &random)
      Linear(inputs: 6 * 14 * 14, outputs: 10, using: &random)
    }
    #expect(
      model.summary(input: [8, 1, 28, 28]) == """
        module                         kind        output          parameters    memory      FLOPs
        Sequential for [8, 1, 28, 28]              [8, 10]             11,938  612.6 KB  2,229,806
          0                            Conv2d      [8, 6, 28, 28]         156  151.2 KB  1,919,232
          1                            BatchNorm   [8, 6, 28, 28]          12  150.6 KB     75,294
          2                            Sequential  [8, 6, 14, 14]              188.2 KB     47,040
            0                          ReLU        [8, 6, 28, 28]              150.5 KB     37,632
            1                          AvgPool2d   [8, 6, 14, 14]               37.6 KB      9,408
          3                            Flatten     [8, 1176]                    37.6 KB
          4                            Dropout     [8, 1176]                    37.6 KB
          5                            Linear      [8, 10]             11,770   47.4 KB    188,240

        """)
    // The dry run leaves no trace.
    #expect(model.isTraining)
    let buffers = model.namedBuffers().compactMap { $0.box.tensor?.doubles() }
    #expect(
      buffers == [Array(repeating: 0, count: 6), Array(repeating: 1, count: 6), [0], [0]])
  }

  @Test func aModelOfItsOwnShowsItsParts() {
    let lines = LeNet().summary(input: [1, 1, 28, 28]).split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[1].hasPrefix("LeNet for [1, 1, 28, 28]"))
    // Two operations for each product and one for each bias, activation and mean of four.
    #expect(lines[1].hasSuffix("[1, 10]              61,706  272.9 KB  847,642"))
    #expect(lines[4].hasPrefix("  fc1 "))
    #expect(lines[4].hasSuffix("Linear  [1, 120]             48,120  193.0 KB   96,120"))
    #expect(LeNet().summary().contains("61,706"))
  }

  @Test func aModelThatDoesNotFitIntoMemoryCanBeLookedAt() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential([Linear(inputs: 10_000_000, outputs: 10_000_000, using: &random)])
    #expect(model.summary(input: [1_000, 10_000_000]).contains("100,000,010,000,000"))
  }

  /// Integers in, several inputs, a result of several tensors; a model of its own whose parts show
  /// their outputs.
  @Test func severalInputsOfAnyTypeCanBeGiven() {
    let model = Translator()
    let text = model.summary(
      inputs: [TensorType([2, 7], .int64), TensorType([2, 5], .int64)]
    ) { model($0[0], $0[1]) }
    #expect(
      text == """
        module                                   kind       output               parameters  memory  FLOPs
        Translator for int64[2, 7], int64[2, 5]             [2, 5, 11]                  250  1.9 KB  5,108
          words                                  Embedding  [2, 5, 4]                    44   336 B
          reader                                 GRU        [2, 7, 3] [1, 2, 3]          81   516 B  2,529
          writer                                 GRU        [2, 5, 3] [1, 2, 3]          81   468 B  1,809
          output                                 Linear     [2, 5, 11]                   44   616 B    770

        """)
  }

  /// More recorded operations than the engine lets wait elsewhere: nothing may be computed.
  @Test func aLongRecurrenceIsNotComputed() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential([RNN(inputs: 50_000, hidden: 200_000, using: &random)])
    let text = model.summary(input: [6_000, 64, 50_000])
    #expect(text.contains("[6000, 64, 200000]"))
  }

  @Test func aShapeErrorNamesTheLayer() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = LeNet()
      _ = model.parameters  // As an optimizer does.
      _ = model(.zeros([1, 1, 20, 20]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("Hebb: fc1 (Linear): affine: the input [1, 144] ends with 144"))
    #expect(sentence.contains("flattening [1, 16, 3, 3] gave 144"), "\(sentence)")
  }

  /// Also a convolution, and images with too many channels.
  @Test func aShapeErrorNamesTheConvolution() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = LeNet()
      _ = model.parameters
      _ = model(.zeros([1, 3, 28, 28]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("Hebb: conv1 (Conv2d): "), "\(sentence)")
    #expect(sentence.contains("[1, 3, 28, 28]"), "\(sentence)")
  }

  @Test(arguments: [
    ([2, 4, 5, 20], "that gives 400"), ([2, 400, 3], "axis 1 has 400"),
    ([2, 7], "expect 7 inputs"),
  ])
  func aShapeErrorSaysWhatMayHelp(_ shape: [Int], _ advice: String) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [shape] in
      _ = LeNet().fc1(.zeros(Shape(shape)))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains(advice), "\(sentence)")
  }

  @Test func aShapeErrorInASequenceNamesThePosition() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var random = PhiloxGenerator(seed: 1)
      let inner = Sequential([ReLU(), Linear(inputs: 5, outputs: 2, using: &random)])
      _ = Sequential([Flatten(), inner])(.zeros([2, 2, 3]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("1.1 (Linear): affine: the input [2, 6] ends with 6 features"))
  }
}

/// Two inputs, and parts with results other than one tensor.
private final class Translator: Module {
  let words: Embedding
  let reader, writer: GRU
  let output: Linear

  init() {
    var random = PhiloxGenerator(seed: 1)
    words = Embedding(count: 11, width: 4, using: &random)
    reader = GRU(inputs: 4, hidden: 3, .init(batchFirst: true), using: &random)
    writer = GRU(inputs: 4, hidden: 3, .init(batchFirst: true), using: &random)
    output = Linear(inputs: 3, outputs: 11, using: &random)
  }

  func callAsFunction(_ source: Tensor, _ target: Tensor) -> Tensor {
    let thought = reader.read(words(source)).hidden
    return output(writer.read(words(target), from: thought).outputs)
  }
}
