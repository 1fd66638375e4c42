import HebbCore
import Testing

struct PhiloxGeneratorTests {
  /// From Random123's file `kat_vectors`, philox4x32 with 10 rounds.
  @Test(
    arguments: [
      (
        [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      ),
      (
        [.max, .max, .max, .max], [.max, .max],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func knownAnswers(counter: [UInt32], key: [UInt32], answer: [UInt32]) {
    let block = PhiloxGenerator.block(counter: SIMD4(counter), key: SIMD2(key))
    #expect(block == SIMD4(answer))
  }

  @Test func numbersAreThoseOfTheBlocks() {
    var generator = PhiloxGenerator(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)
    // Counter and key as in the third known answer.
    var other = PhiloxGenerator(
      seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e,
      position: 2 &* 0x85a3_08d3_243f_6a88)
    #expect(other.position == 2 &* 0x85a3_08d3_243f_6a88)
    // Twice the counter needs 65 bits, so its top bit is lost.
    let lost = PhiloxGenerator.block(
      counter: [0x243f_6a88, 0x05a3_08d3, 0x1319_8a2e, 0x0370_7344],
      key: [0xa409_3822, 0x299f_31d0])
    #expect(other.next() == UInt64(lost[0]) | UInt64(lost[1]) << 32)
  }

  @Test func continuesFromAnyPosition() {
    var generator = PhiloxGenerator(seed: 7, stream: 3)
    let numbers = (0..<10).map { _ in generator.next() }
    #expect(generator.position == 10)
    for position in 0..<10 {
      var restored = PhiloxGenerator(seed: 7, stream: 3, position: UInt64(position))
      #expect((position..<10).map { _ in restored.next() } == Array(numbers[position...]))
    }
    #expect(Set(numbers).count == 10)
  }

  @Test func streamsAndMixturesDiffer() {
    let base = PhiloxGenerator(seed: 1)
    var generators = [base, PhiloxGenerator(seed: 2), PhiloxGenerator(seed: 1, stream: 1)]
    generators += (0..<100).map { base.mixing($0) }
    generators += [base.mixing("shuffle"), base.mixing("dropout"), base.mixing(0).mixing(0)]
    generators += [PhiloxGenerator(seed: 1, stream: 1).mixing(0)]
    let firsts = generators.map { generator in
      var generator = generator
      return generator.next()
    }
    #expect(Set(firsts).count == firsts.count)
    // Not by what has been drawn.
    var used = base
    _ = used.next()
    #expect(used.mixing(5) == base.mixing(5))
  }

  @Test func uniformNumbersFillTheirInterval() {
    var generator = PhiloxGenerator(seed: 5)
    let numbers = (0..<100_000).map { _ in generator.nextUniform() }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    // Within five standard errors of 1/2 and 1/12.
    let mean = numbers.reduce(0, +) / 100_000
    #expect(abs(mean - 0.5) < 5 * 0.289 / 316)
    let variance = numbers.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 100_000
    #expect(abs(variance - 1.0 / 12) < 5 * 0.0745 / 316)
  }

  @Test(arguments: [1, 2, 3, 7, 10]) func integersAreEquallyLikely(bound: Int) {
    var generator = PhiloxGenerator(seed: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<70_000 { counts[generator.nextInteger(below: bound)] += 1 }
    let expected = 70_000 / Double(bound)
    // Five standard deviations of a count.
    for count in counts { #expect(abs(Double(count) - expected) <= 5 * expected.squareRoot()) }
  }

  @Test func largeBoundsAreNotBiased() {
    // Without rejection, 8 numbers of 64 bits fall on 3 integers: 3, 3 and 2 of them.
    let bound = 3 << 61
    var generator = PhiloxGenerator(seed: 3)
    let last = (0..<10_000).count { _ in generator.nextInteger(below: bound) % 3 == 2 }
    #expect(abs(last - 3_333) < 250)
  }

  @Test func permutationsAreComplete() {
    var generator = PhiloxGenerator(seed: 9)
    #expect(generator.permutation(count: 0) == [])
    #expect(generator.permutation(count: 1) == [0])
    let order = generator.permutation(count: 1_000)
    #expect(order.sorted() == Array(0..<1_000))
    #expect(order != Array(0..<1_000))
  }

  @Test func permutationsAreEquallyLikely() {
    var generator = PhiloxGenerator(seed: 4)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[generator.permutation(count: 4), default: 0] += 1 }
    #expect(counts.count == 24)
    // χ² with 23 degrees of freedom exceeds 50 with probability 0.001.
    let statistic = counts.values.reduce(0.0) {
      $0 + (Double($1) - 1_000) * (Double($1) - 1_000) / 1_000
    }
    #expect(statistic < 50)
  }

  @Test func permutationsNeverChange() {
    // Another order would change every published result; computed by a program in Python.
    var generator = PhiloxGenerator(seed: 17)
    #expect(generator.permutation(count: 8) == [3, 6, 4, 2, 1, 7, 0, 5])
  }
}
