import Glibc
import HebbCore
import HebbNN

/// How the next token is chosen from its scores.
public struct TokenSampling: Sendable, Hashable {
  /// What the scores are divided by: below 1 the likely tokens become likelier, at 0 the likeliest is
  /// taken.
  public var temperature: Double
  /// How many of the likeliest tokens may be chosen; nil for all.
  public var top: Int?
  /// What the choices are made from.
  public var seed: UInt64

  /// A way to choose.
  ///
  /// - Parameters:
  ///   - temperature: What the scores are divided by.
  ///   - top: How many of the likeliest tokens may be chosen; nil for all (Fan et al. 2018, §5.4).
  ///   - seed: What the choices are made from.
  public init(temperature: Double = 1, top: Int? = nil, seed: UInt64 = 0) {
    self.temperature = temperature
    self.top = top
    self.seed = seed
  }

  /// One of the tokens with these scores, token i with probability softmax(scores / temperature)[i]; the
  /// first of the likeliest at temperature 0.
  ///
  /// - Parameters:
  ///   - scores: One for each token.
  ///   - generator: What the choice is made from; advanced.
  /// - Returns: The number of the token.
  public func choose(from scores: [Double], using generator: inout PhiloxGenerator) -> Int {
    guard let highest = scores.max(), let likeliest = scores.firstIndex(of: highest) else {
      return 0
    }
    guard temperature > 0 else { return likeliest }
    var candidates = Array(scores.indices)
    if let top, top < scores.count { candidates = Self.highest(max(top, 1), of: scores) }
    let weights = candidates.map { Glibc.exp((scores[$0] - highest) / temperature) }
    var rest = generator.nextUniform() * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      rest -= weight
      if rest < 0 { return candidate }
    }
    return candidates.last ?? likeliest
  }

  /// The places of the `count` highest scores, highest first; of equal ones the first.
  private static func highest(_ count: Int, of scores: [Double]) -> [Int] {
    var places: [Int] = []
    for (place, score) in scores.enumerated() {
      if places.count == count {
        guard score > scores[places[count - 1]] else { continue }
        places.removeLast()
      }
      var (low, high) = (0, places.count)
      while low < high {
        let middle = (low + high) / 2
        if scores[places[middle]] >= score { low = middle + 1 } else { high = middle }
      }
      places.insert(place, at: low)
    }
    return places
  }
}

/// A model that goes on with texts.
public protocol TextWriter: Layer {
  /// Goes on with a text.
  ///
  /// - Parameters:
  ///   - tokens: The beginning, one token or more.
  ///   - count: How many tokens are added.
  ///   - sampling: How they are chosen.
  /// - Returns: The added tokens.
  func generate(after tokens: [Int], count: Int, _ sampling: TokenSampling) -> [Int]
}
