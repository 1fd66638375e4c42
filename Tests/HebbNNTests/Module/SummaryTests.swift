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
        module                         kind        output          parameters
        Sequential for [8, 1, 28, 28]              [8, 10]             11,938
          0                            Conv2d      [8, 6, 28, 28]         156
          1                            BatchNorm   [8, 6, 28, 28]          12
          2                            Sequential  [8, 6, 14, 14]
            0                          ReLU        [8, 6, 28, 28]
            1                          AvgPool2d   [8, 6, 14, 14]
          3                            Flatten     [8, 1176]
          4                            Dropout     [8, 1176]
          5                            Linear      [8, 10]             11,770

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
    #expect(lines[1].hasSuffix("[1, 10]      61,706"))
    #expect(lines[4].hasPrefix("  fc1 "))
    #expect(lines[4].hasSuffix("48,120"))
    #expect(LeNet().summary().contains("61,706"))
  }

  @Test func aModelThatDoesNotFitIntoMemoryCanBeLookedAt() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential([Linear(inputs: 10_000_000, outputs: 10_000_000, using: &random)])
    #expect(model.summary(input: [1_000, 10_000_000]).contains("100,000,010,000,000"))
  }
}
