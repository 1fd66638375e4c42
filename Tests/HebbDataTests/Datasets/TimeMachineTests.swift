import HebbData
import Testing

@Suite struct TimeMachineTests {
  /// The numbers that the book prints (d2l §8.2): letters, symbols.
  @Test func hasTheCountsOfTheBook() throws {
    let book = try TimeMachine.embedded()
    #expect(book.text.unicodeScalars.count == 170_580)
    #expect(TimeMachine.vocabulary.count == 28)
    #expect(book.text.hasPrefix("the time machine by h g wellsi"))
    #expect(try TimeMachine.vocabulary.encode(book.text).allSatisfy { $0 > 0 })
  }

  @Test func preparesLineByLine() {
    #expect(TimeMachine.prepared("  A'b,  C!\n\n_d1e_\n") == "a b cd e")
  }

  /// Each row goes on where it ended, whatever the pass leaves out.
  @Test func streamsGoOn() throws {
    let tokens = Array(0..<100)
    let blocks = try TokenBlocks(tokens, length: 5, order: .streams(3, seed: 1))
    // (100 − 5) / 3 = 31 tokens each, 6 blocks.
    #expect(blocks.count == 18)
    var beginnings: Set<Int64> = []
    for epoch in 0..<20 {
      let first = blocks.batch(at: [0, 1, 2], epoch: epoch)
      let second = blocks.batch(at: [3, 4, 5], epoch: epoch)
      let (x, y) = (first.inputs.scalars(as: Int64.self), first.targets.scalars(as: Int64.self))
      #expect(zip(x, y).allSatisfy { $0 + 1 == $1 })
      #expect(second.inputs.scalars(as: Int64.self) == x.map { $0 + 5 })
      #expect(x[5] - x[0] == 31 && x[10] - x[5] == 31)
      beginnings.insert(x[0])
    }
    #expect(beginnings.isSubset(of: [0, 1, 2, 3, 4]) && beginnings.count > 2)
    let last = blocks.batch(at: [17], epoch: 3)
    #expect(last.targets.scalars(as: Int64.self).allSatisfy { $0 < 100 })
  }

  @Test func tooManyStreamsAreRefused() {
    #expect(throws: (any Error).self) {
      try TokenBlocks(Array(0..<20), length: 5, order: .streams(4, seed: 0))
    }
  }
}
