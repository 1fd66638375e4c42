import HebbCore
import HebbIO

/// Blocks of a long text for a model that guesses the next token: inputs are `length` tokens from some
/// place on, targets the same from the place after it.
///
/// Batches have inputs and targets `int64[batch, length]`.
public struct TokenBlocks: Dataset {
  /// Where blocks begin.
  public enum Order: Sendable, Hashable {
    /// At random places, others in each pass: `count` blocks a pass, made from the seed.
    case random(count: Int, seed: UInt64)
    /// One after the other, each token the target of at most one block.
    case consecutive
    /// The text cut into so many streams side by side, for models that carry their state over: example
    /// i is a block of stream i mod `streams`, and its next block is example i + `streams`. Each pass
    /// leaves out another number of tokens at the beginning, made from the seed.
    case streams(Int, seed: UInt64)
  }

  /// The text.
  public let tokens: [Int]
  /// The tokens of a block.
  public let length: Int
  /// Where blocks begin.
  public let order: Order
  /// The number of blocks in a pass.
  public let count: Int

  /// The blocks of a text.
  ///
  /// - Parameters:
  ///   - tokens: The text.
  ///   - length: The tokens of a block, 1 or more.
  ///   - order: Where blocks begin.
  /// - Throws: `DataError` if the text is shorter than a block and its next token.
  public init(_ tokens: [Int], length: Int, order: Order) throws(DataError) {
    guard length >= 1, tokens.count > length else {
      throw DataError(
        "expected a text of more than \(max(length, 1)) tokens, found \(tokens.count); choose shorter "
          + "blocks or a longer text")
    }
    self.tokens = tokens
    self.length = length
    self.order = order
    switch order {
    case .random(let count, _):
      guard count >= 1 else {
        throw DataError("expected 1 or more blocks in a pass, found \(count); choose more")
      }
      self.count = count
    case .consecutive: count = (tokens.count - 1) / length
    case .streams(let streams, _):
      guard streams >= 1, (tokens.count - length) / streams >= length else {
        throw DataError(
          "expected a text of \(max(streams, 1)) streams of \(length) tokens or more, found "
            + "\(tokens.count) tokens; choose fewer streams")
      }
      count = (tokens.count - length) / streams / length * streams
    }
  }

  /// The blocks of the first pass.
  public func batch(at indices: [Int]) -> Batch { batch(at: indices, epoch: 0) }

  /// The blocks of a pass.
  public func batch(at indices: [Int], epoch: Int) -> Batch {
    var inputs: [Int64] = []
    var targets: [Int64] = []
    inputs.reserveCapacity(indices.count * length)
    targets.reserveCapacity(indices.count * length)
    for index in indices {
      let begin = beginning(of: index, epoch: epoch)
      for place in begin..<begin + length {
        inputs.append(Int64(tokens[place]))
        targets.append(Int64(tokens[place + 1]))
      }
    }
    let shape: Shape = [indices.count, length]
    return Batch(
      inputs: Tensor(inputs, shape: shape), targets: Tensor(targets, shape: shape),
      indices: indices)
  }

  private func beginning(of index: Int, epoch: Int) -> Int {
    precondition((0..<count).contains(index), "TokenBlocks: block \(index) of \(count)")
    switch order {
    case .consecutive: return index * length
    case .streams(let streams, let seed):
      var random = PhiloxGenerator(seed: seed).mixing("streams").mixing(UInt64(epoch))
      let skipped = random.nextInteger(below: length)
      let stream = (tokens.count - length) / streams
      return skipped + index % streams * stream + index / streams * length
    case .random(_, let seed):
      // A function of seed, pass and number alone: a resumed run sees the same blocks.
      var random = PhiloxGenerator(seed: seed).mixing("blocks").mixing(UInt64(epoch))
        .mixing(UInt64(index))
      return random.nextInteger(below: tokens.count - length)
    }
  }
}
