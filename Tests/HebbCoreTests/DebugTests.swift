import HebbCore
import HebbTestSupport
import Testing

/// Stops of the whole program, in a process of their own.
@Suite struct DebugTests {
  @Test func debugNamesTheFirstNonFiniteOperation() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Hebb.debug {
        let weight = Tensor([0.0, 1.0]).source().labeled("fc1.weight")
        let hidden = weight * 2.0
        let bad = log(hidden)
        _ = (bad + 1.0).sum()
      }
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("log gave -inf at element 0 (1 of 2 are not finite)"))
    #expect(sentence.contains("near fc1.weight") && sentence.contains("float64[2]"))
  }

  /// √0 is finite, its slope is not: the operation whose gradient gave it is named.
  @Test func debugLooksAtGradientsToo() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Hebb.debug {
        let weight = Tensor([0.0, 1.0]).source().labeled("fc1.weight")
        _ = gradients(of: sqrt(weight * 2).sum(), for: [weight])
      }
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("in the gradient of sqrt gave inf at element 0"), "\(sentence)")
  }

  @Test func debugLeavesFiniteProgramsAlone() {
    let value = Hebb.debug { (exp(Tensor([0.0, 1.0])) * 2).sum().item() }
    #expect(abs(value - 2 * (1 + 2.718281828)) < 1e-5)
  }

  @Test func aShapeErrorStopsWithNamesAndShapes() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = matmul(Tensor.zeros([2, 3]), Tensor.zeros([4, 5]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("matmul: [2, 3] times [4, 5]: the left has 3 columns"))
  }

  @Test func anIndexOutsideStopsWithItsNumber() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor([1.0, 2.0]).gathering(Tensor([0, 7])).floats()
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("gather: index 7 (number 1) lies outside of 0..<2"))
  }
}
