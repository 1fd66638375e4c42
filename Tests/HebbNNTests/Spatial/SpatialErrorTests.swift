import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Mistakes in shapes stop the program with a sentence that names operation, shapes and axis.
@Suite struct SpatialErrorTests {
  private func expectSentence(
    _ result: ExitTest.Result?, _ parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let bytes = try #require(result).standardErrorContent
    let text = String(decoding: bytes, as: UTF8.self)
    for part in parts {
      #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation)
    }
  }

  @Test func convolutionOfAnotherRank() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = convolution(.zeros([2, 3, 4]), .zeros([5, 3, 1, 1]))
    }
    try expectSentence(result, ["convolution: ", "[2, 3, 4]", "[5, 3, 1, 1]"])
  }

  @Test func kernelLargerThanTheInput() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = convolution(.zeros([1, 1, 4, 5, 2]), .zeros([1, 1, 2, 2, 3]))
    }
    try expectSentence(result, ["[1, 1, 2, 2, 3]", "[1, 1, 4, 5, 2]", "axis 4"])
  }

  @Test func channelsOfATransposedConvolution() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = transposedConvolution(.zeros([1, 3, 4]), .zeros([2, 3, 2]))
    }
    try expectSentence(result, ["transposedConvolution: ", "has 3 channels", "expects 2"])
  }

  @Test func poolLargerThanTheInput() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MaxPool3d(kernel: 3)(.zeros([1, 1, 3, 2, 3]))
    }
    try expectSentence(result, ["maxPool: ", "[3, 3, 3]", "[1, 1, 3, 2, 3]", "axis 3"])
  }

  @Test func reflectionWiderThanTheInput() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ReflectionPad1d(3)(.zeros([1, 1, 3]))
    }
    try expectSentence(result, ["ReflectionPad1d: ", "axis 2", "[1, 1, 3]", "at most 2"])
  }

  @Test func gridOfAnotherRank() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gridSample(.zeros([1, 1, 3, 3]), .zeros([1, 3, 3, 3]))
    }
    try expectSentence(result, ["gridSample: ", "[1, 1, 3, 3]", "[1, 3, 3, 3]"])
  }

  @Test func unpoolingOutside() async throws {
    await #expect(processExitsWith: .failure) {
      maxUnpool(.zeros([1, 1, 2]), Tensor([0, 4], shape: [1, 1, 2]), size: [4]).evaluated()
    }
  }
}
