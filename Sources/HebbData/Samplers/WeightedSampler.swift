import HebbCore
import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Examples drawn with probabilities proportional to weights, as PyTorch's `WeightedRandomSampler`.
public struct WeightedSampler: Sampler, Hashable {
  /// How likely each example is, compared with the others.
  public let weights: [Double]
  /// How many are drawn in an epoch.
  public let count: Int
  /// Whether an example may be drawn again.
  public let isReplacing: Bool

  /// The sums of the weights up to each example.
  private let sums: [Double]

  /// The number of examples that are drawn from.
  public var exampleCount: Int { weights.count }

  /// A sampler.
  ///
  /// - Parameters:
  ///   - weights: One for each example, 0 or more; they need not add up to one.
  ///   - count: How many are drawn in an epoch; as many as there are weights unless said otherwise.
  ///   - isReplacing: Whether an example may be drawn again.
  /// - Throws: `DataError` if a weight is negative or no number, all are zero, or more examples are
  ///   wanted without replacement than have a weight.
  public init(
    weights: [Double], count: Int? = nil, isReplacing: Bool = true
  ) throws(DataError) {
    var (sums, total) = ([Double](), 0.0)
    for (index, weight) in weights.enumerated() {
      guard weight >= 0, weight.isFinite else {
        throw DataError(
          "expected weights of 0 or more, found \(weight) for example \(index); check the weights")
      }
      total += weight
      sums.append(total)
    }
    guard total > 0, total.isFinite else {
      throw DataError(
        "expected weights with a positive sum, found \(total) for \(weights.count) examples; check "
          + "the weights")
    }
    let count = count ?? weights.count
    let possible = isReplacing ? Int.max : weights.count { $0 > 0 }
    guard (1...possible).contains(count) else {
      throw DataError(
        "expected a number of draws from 1 to \(possible), found \(count); draw fewer, or with "
          + "replacement")
    }
    (self.weights, self.count, self.isReplacing, self.sums) = (weights, count, isReplacing, sums)
  }

  /// Weights with which all classes are drawn equally often: one over the size of the class.
  public static func balanced(labels: [Int]) throws(DataError) -> WeightedSampler {
    var sizes: [Int: Int] = [:]
    for label in labels { sizes[label, default: 0] += 1 }
    return try WeightedSampler(weights: labels.map { 1 / Double(sizes[$0] ?? 1) })
  }

  /// Draws by the weights.
  public func order(ofEpoch epoch: Int, seed: UInt64) -> [Int] {
    var generator = PhiloxGenerator(seed: seed).mixing("weighted").mixing(UInt64(epoch))
    guard !isReplacing else {
      return (0..<count).map { _ in place(generator.nextUniform()) }
    }
    // The smallest of exponential waiting times with rates wᵢ (Efraimidis & Spirakis 2006).
    let times = weights.map { weight -> Double in
      let uniform = generator.nextUniform()
      return weight > 0 ? -log1p(-uniform) / weight : .infinity
    }
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    return Array(order.prefix(count))
  }

  /// The first example whose sum exceeds a share of the total; never one without a weight.
  private func place(_ share: Double) -> Int {
    let wanted = share * (sums.last ?? 0)
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > wanted { high = middle } else { low = middle + 1 }
    }
    // Rounding may point behind the last weight that is not zero.
    while low > 0, weights[low] == 0 { low -= 1 }
    return low
  }
}
