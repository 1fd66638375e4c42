import HebbCore
import HebbData
import HebbIO
import Testing

@Suite struct TokenBlocksTests {
  @Test func consecutiveBlocksCoverTheText() throws {
    let blocks = try TokenBlocks(Array(100..<111), length: 3, order: .consecutive)
    #expect(blocks.count == 3)
    let batch = blocks.batch(at: [0, 2])
    #expect(batch.inputs.integers() == [100, 101, 102, 106, 107, 108])
    #expect(batch.targets.integers() == [101, 102, 103, 107, 108, 109])
    #expect(batch.inputs.shape == [2, 3] && batch.targets.dtype == .int64)
    // One token more makes no block, one that fills it does.
    #expect(try TokenBlocks(Array(0..<12), length: 3, order: .consecutive).count == 3)
    #expect(try TokenBlocks(Array(0..<13), length: 3, order: .consecutive).count == 4)
  }

  @Test func randomBlocksAreAFunctionOfSeedPassAndNumber() throws {
    let tokens = Array(0..<1000)
    func blocks(_ seed: UInt64) throws -> TokenBlocks {
      try TokenBlocks(tokens, length: 4, order: .random(count: 50, seed: seed))
    }
    let all = Array(0..<50)
    let first = try blocks(1).batch(at: all, epoch: 2)
    #expect(try blocks(1).batch(at: all, epoch: 2).inputs.integers() == first.inputs.integers())
    #expect(try blocks(1).batch(at: all, epoch: 3).inputs.integers() != first.inputs.integers())
    #expect(try blocks(2).batch(at: all, epoch: 2).inputs.integers() != first.inputs.integers())
    let one = try blocks(1).batch(at: [17], epoch: 2)
    #expect(one.inputs.integers() == first.inputs[17].integers())
    let inputs = first.inputs.integers()
    #expect(first.targets.integers() == inputs.map { $0 + 1 })
    // Blocks begin everywhere: the mean of 50 places is within 3.5 deviations of the middle.
    let beginnings = stride(from: 0, to: inputs.count, by: 4).map { Double(inputs[$0]) }
    let mean = beginnings.reduce(0, +) / 50
    #expect(abs(mean - 497.5) < 3.5 * 287.5 / 50.0.squareRoot())
    #expect(Set(beginnings).count > 40)
  }

  @Test func theLastBlockIsReached() throws {
    let blocks = try TokenBlocks([5, 6, 7], length: 2, order: .random(count: 8, seed: 0))
    #expect(blocks.batch(at: Array(0..<8)).targets.integers() == (0..<8).flatMap { _ in [6, 7] })
  }

  @Test func shortTextsAreRefused() {
    for (tokens, length) in [([1, 2], 2), ([], 1), ([1, 2, 3], 0)] {
      #expect(throws: DataError.self) {
        _ = try TokenBlocks(tokens, length: length, order: .consecutive)
      }
    }
    #expect(throws: DataError.self) {
      _ = try TokenBlocks([1, 2, 3], length: 1, order: .random(count: 0, seed: 0))
    }
  }
}

@Suite struct CharacterVocabularyTests {
  @Test func encodesAndDecodes() throws {
    let vocabulary = CharacterVocabulary(of: "hello, wörld")
    #expect(vocabulary.decode(0..<vocabulary.count) == " ,dehlorwö")
    #expect(try vocabulary.encode("hold") == [4, 6, 5, 2])
    #expect(vocabulary.decode(try vocabulary.encode("wörld, oh")) == "wörld, oh")
    #expect(vocabulary.decode([0, 99, -1]) == " \u{FFFD}\u{FFFD}")
    #expect(try vocabulary.encode("").isEmpty)
  }

  @Test func namesWhatItDoesNotKnow() {
    let error = #expect(throws: DataError.self) {
      _ = try CharacterVocabulary(of: "abc").encode("abé")
    }
    #expect(error?.description.contains("U+E9") == true)
  }
}

@Suite struct TinyShakespeareTests {
  /// The counts of the published file.
  @Test func theEmbeddedTextIsWhole() throws {
    let text = try TinyShakespeare.embedded().text
    #expect(text.unicodeScalars.count == 1_115_394)
    #expect(text.hasPrefix("First Citizen:\nBefore we proceed any further, hear me speak."))
    #expect(text.hasSuffix("Whiles thou art waking.\n"))
    #expect(CharacterVocabulary(of: text).count == 65)
  }

  @Test func aFolderWithoutItIsASentence() {
    let error = #expect(throws: DataError.self) { _ = try TinyShakespeare(folder: "/nowhere") }
    #expect(error?.description.contains("tinyshakespeare.txt") == true)
  }
}
