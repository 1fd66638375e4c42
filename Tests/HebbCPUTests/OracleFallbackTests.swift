import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Which operations have no fast step.
@Suite struct OracleFallbackTests {
  /// In a process of its own, where no other test runs: forward and gradients of every primitive in
  /// single and double precision. Who gives one of these a step takes it off the list.
  @Test func onlyTheseAreLeftToTheOracle() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      for row in PrimitiveCase.all {
        for dtype in [DType.float32, .float64] {
          _ = BackendTests.results(row, row.inputs(dtype, seed: 1))
        }
      }
      for name in OracleFallbacks.seen { print("oracle:", name) }
    }
    let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
    let seen = output.split(separator: "\n").filter { $0.hasPrefix("oracle: ") }
    let names = Set(seen.map { String($0.dropFirst(8)) })
    #expect(names == Self.expected)
  }

  private static let expected: Set<String> = [
    "convolution float64", "convolutionInputGradient float64", "convolutionWeightGradient float64",
    "lstmSequence float64", "lstmSequenceGradient float64", "gruSequence float64",
    "gruSequenceGradient float64",
  ]
}
