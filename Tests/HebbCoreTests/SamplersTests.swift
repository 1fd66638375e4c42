import HebbCore
import HebbTestSupport
import Testing

/// Moments of many draws. A bound is 5 standard errors of the mean or variance, so that a correct
/// sampler fails once in a million seeds.
@Suite struct SamplersTests {
  static let count = 200_000
  let generator = PhiloxGenerator(seed: 11)

  private func expectMoments(
    _ x: Tensor, mean: Double, variance: Double, fourth: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let n = Double(x.count)
    let numbers = x.cast(to: .float64)
    let m = numbers.mean().item()
    let v = square(numbers - mean).mean().item()
    let bound = 5 * (variance / n).squareRoot()
    #expect(abs(m - mean) < bound, "mean \(m)", sourceLocation: sourceLocation)
    // The variance of (x − mean)² is the fourth moment less the squared variance.
    let spread = (max(fourth - variance * variance, 1e-12) / n).squareRoot()
    #expect(abs(v - variance) < 5 * spread, "variance \(v)", sourceLocation: sourceLocation)
    #expect(isFinite(x).all().item() == 1, sourceLocation: sourceLocation)
  }

  @Test(arguments: [DType.float32, .float64]) func truncatedNormal(_ dtype: DType) {
    let x = Tensor.truncatedNormal([Self.count], dtype: dtype, using: generator)
    #expect(x.min().item() >= -2 && x.max().item() <= 2 && x.dtype == dtype)
    // Variance 1 − 2 · 2 φ(2) / (2 Φ(2) − 1), fourth moment 3 − (8 + 3 · 2) · 2 φ(2) / (2 Φ(2) − 1).
    expectMoments(x, mean: 0, variance: 0.773741, fourth: 1.416186)
    let tail = Tensor.truncatedNormal(
      [1000], mean: 1, standardDeviation: 0.5, in: 2.5...3, dtype: dtype, using: generator)
    #expect(tail.min().item() >= 2.5 && tail.max().item() <= 3)
    // Mean 1 + 0.5 (φ(3) − φ(4)) / (Φ(4) − Φ(3)) = 2.6381.
    #expect(abs(tail.mean().item() - 2.6381) < 0.02)
  }

  @Test func bernoulli() {
    let x = Tensor.bernoulli([Self.count], probability: 0.3, using: generator)
    expectMoments(x, mean: 0.3, variance: 0.21, fourth: 0.0777)
    #expect(Tensor.bernoulli([99], probability: 1, using: generator).sum().item() == 99)
    #expect(Tensor.bernoulli([99], probability: 0, using: generator).sum().item() == 0)
    let each = Tensor([0.0, 1, 0.5]).broadcast(to: [1000, 3]).bernoulliSample(using: generator)
    let means = each.mean(axes: [0]).doubles()
    #expect(means[0] == 0 && means[1] == 1)
    #expect(abs(means[2] - 0.5) < 0.08)
  }

  @Test(arguments: [DType.float32, .float64]) func exponential(_ dtype: DType) {
    let x = Tensor.exponential([Self.count], rate: 2, dtype: dtype, using: generator)
    #expect(x.min().item() >= 0)
    expectMoments(x, mean: 0.5, variance: 0.25, fourth: 9.0 / 16)
  }

  @Test(arguments: [DType.float32, .float64]) func gumbel(_ dtype: DType) {
    let x = Tensor.gumbel([Self.count], location: 1, scale: 2, dtype: dtype, using: generator)
    // Mean 1 + 2 γ, variance 4 π²/6, fourth central moment 5.4 variance².
    expectMoments(x, mean: 2.1544313, variance: 6.5797363, fourth: 5.4 * 43.292929)
  }

  @Test func laplace() {
    let x = Tensor.laplace([Self.count], location: -1, scale: 0.5, using: generator)
    expectMoments(x, mean: -1, variance: 0.5, fourth: 1.5)
  }

  @Test func categorical() {
    let p = [0.1, 0.6, 0, 0.3]
    let x = Tensor.categorical(probabilities: Tensor(p), draws: 100_000, using: generator)
    #expect(x.shape == [100_000] && x.dtype == .int64)
    let shares = x.oneHot(4, dtype: .float64).mean(axes: [0]).doubles()
    for (share, q) in zip(shares, p) {
      let bound = 5 * (q * (1 - q) / 1e5).squareRoot()
      #expect(abs(share - q) <= bound, "\(shares)")
    }
    // Constants do not matter to logits; rows are drawn apart.
    let rows = Tensor([0, -.infinity, -.infinity, 5] as [Double], shape: [2, 2]) + 7
    #expect(Tensor.categorical(logits: rows, using: generator).integers() == [0, 1])
    #expect(Tensor.categorical(logits: rows, draws: 3, using: generator).shape == [2, 3])
  }

  @Test func randomIntegers() {
    let x = Tensor.randomIntegers([Self.count], in: -3..<4, using: generator)
    #expect(x.min().item() == -3 && x.max().item() == 3)
    expectMoments(x.cast(to: .float64), mean: 0, variance: 4, fourth: 28)
    let one = Tensor.randomIntegers([5], in: 9..<10, dtype: .int32, using: generator)
    #expect(one.integers() == [9, 9, 9, 9, 9] && one.dtype == .int32)
  }

  @Test func permutation() {
    let x = Tensor.permutation(1000, using: generator).integers()
    #expect(x.sorted() == Array(0..<1000) && x != Array(0..<1000))
    #expect(Tensor.permutation(1000, using: generator).integers() == x)
    // Each of the 6 orders of 3 comes up about as often.
    var counts: [[Int]: Int] = [:]
    for i in 0..<6000 {
      counts[Tensor.permutation(3, using: generator.mixing(UInt64(i))).integers(), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (850...1150).contains($0) })
  }

  @Test func multivariateNormal() {
    let mean = Tensor([1.0, -2])
    let factor = Tensor([2.0, 0, 0.6, 0.8], shape: [2, 2])
    let x = Tensor.multivariateNormal(
      mean: mean, scaleTril: factor, draws: 100_000, using: generator)
    #expect(x.shape == [100_000, 2])
    let centered = x - mean
    let covariance = matmul(centered.transposed(), centered) / 1e5
    // L Lᵀ; five standard errors of the largest are 5 · 4 √(2 / 10⁵).
    expectClose(covariance.doubles(), [4, 1.2, 1.2, 1], within: 0.0225)
    expectClose(x.mean(axes: [0]).doubles(), [1, -2], within: 0.016)
    let slope = gradient(at: mean) {
      Tensor.multivariateNormal(mean: $0, scaleTril: factor, draws: 7, using: generator).sum()
    }
    #expect(slope.doubles() == [7, 7])
  }

  /// A longer tensor starts with the numbers of a shorter one: nothing depends on how work is cut.
  @Test func numbersBelongToPlacesNotToThreads() {
    for sample in [
      { Tensor.truncatedNormal($0, using: PhiloxGenerator(seed: 5)) },
      { Tensor.gumbel($0, using: PhiloxGenerator(seed: 5)) },
      { Tensor.laplace($0, using: PhiloxGenerator(seed: 5)) },
      { Tensor.randomIntegers($0, in: 0..<1000, using: PhiloxGenerator(seed: 5)) },
    ] as [(Shape) -> Tensor] {
      let (short, long) = (sample([1000]).doubles(), sample([100_000]).doubles())
      #expect(Array(long[0..<1000]) == short)
    }
  }
}
