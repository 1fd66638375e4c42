/// A counter-based random number generator, Philox4x32-10: the n-th number is a function of seed,
/// stream and n alone.
///
/// So it can be saved and restored as three integers, two streams of a seed never share state, and
/// nothing depends on the number of threads. It is not for cryptography.
///
/// - SeeAlso: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3", and its library
///   Random123, whose known answers the tests check.
public struct PhiloxGenerator: RandomNumberGenerator, Sendable, Hashable {
  /// The key.
  public let seed: UInt64
  /// Which of the 2⁶⁴ sequences of this seed: the upper half of the counter.
  public let stream: UInt64
  /// How many 64-bit numbers have been drawn; two of them come from one block.
  public private(set) var position: UInt64

  /// The second number of the current block; meaningful where `position` is odd.
  private var pending: UInt64

  /// The generator of this seed and stream that has `position` numbers behind it.
  public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
    self.position = position
    pending = 0
    if position & 1 == 1 { pending = block(position >> 1).high }
  }

  /// The next number, uniform over all 64-bit integers.
  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    guard position & 1 == 0 else { return pending }
    let (low, high) = block(position >> 1)
    pending = high
    return low
  }

  private func block(_ index: UInt64) -> (low: UInt64, high: UInt64) {
    let words = Self.block(
      counter: [
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
      ],
      key: [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)])
    return (
      UInt64(words[0]) | UInt64(words[1]) << 32, UInt64(words[2]) | UInt64(words[3]) << 32
    )
  }

  /// The block function: ten rounds of multiplication and exclusive or.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(counter[0]) * 0xd251_1f53
      let second = UInt64(counter[2]) * 0xcd9e_8d57
      counter = [
        UInt32(truncatingIfNeeded: second >> 32) ^ counter[1] ^ key[0],
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter[3] ^ key[1],
        UInt32(truncatingIfNeeded: first),
      ]
      // Weyl sequences from the golden ratio and √3 - 1.
      key = key &+ [0x9e37_79b9, 0xbb67_ae85]
    }
    return counter
  }

  // MARK: - Derived generators

  /// A fresh generator for the purpose or step that `value` numbers, unrelated to this one and to
  /// those of other values. Depends on seed, stream and `value`, not on what has been drawn.
  public func mixing(_ value: UInt64) -> PhiloxGenerator {
    // The complemented key keeps these blocks apart from those that `next` hands out.
    let words = Self.block(
      counter: [
        UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
      ],
      key: [UInt32(truncatingIfNeeded: ~seed), UInt32(truncatingIfNeeded: ~seed >> 32)])
    return PhiloxGenerator(
      seed: UInt64(words[0]) | UInt64(words[1]) << 32,
      stream: UInt64(words[2]) | UInt64(words[3]) << 32)
  }

  /// A fresh generator for the purpose that `label` names, as `mixing(_:)` with a number.
  public func mixing(_ label: some StringProtocol) -> PhiloxGenerator {
    // FNV-1a, because `Hasher` differs from one process to the next.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return mixing(hash)
  }

  // MARK: - Drawing

  /// A number in 0..<1, one of 2⁵³ equally likely ones.
  public mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// An integer in 0..<bound, all equally likely.
  ///
  /// - Parameter bound: 1 or more.
  /// - Returns: An integer from 0 up to `bound - 1`.
  /// - SeeAlso: Lemire 2019, "Fast Random Integer Generation in an Interval". The standard library
  ///   may change its own method, and with it every shuffle.
  public mutating func nextInteger(below bound: Int) -> Int {
    precondition(bound > 0, "nextInteger: the bound is 1 or more, not \(bound)")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      // These low words belong to the remainder that would favor small integers.
      let remainder = (0 &- bound) % bound
      while product.low < remainder { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// The integers in 0..<count in random order, all orders equally likely (Fisher-Yates).
  public mutating func permutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, nextInteger(below: last + 1))
    }
    return order
  }
}
