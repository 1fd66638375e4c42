import HebbCore
import HebbNN

/// Keys and values of the positions that a text has had, for each block: what later positions read of
/// earlier ones stays, so that a new token costs one position instead of all.
private struct Past {
  /// `[1, heads, room, width / heads]`; what lies behind `count` is not seen.
  var keys: [Tensor] = []
  var values: [Tensor] = []
  var count = 0

  var room: Int { keys.first?.shape[2] ?? 0 }

  /// Makes room for so many positions.
  mutating func grow(to room: Int) {
    let more = room - self.room
    keys = keys.map { $0.padded(axis: 2, before: 0, after: more) }
    values = values.map { $0.padded(axis: 2, before: 0, after: more) }
  }
}

extension GPT2LanguageModel: TextWriter {
  /// Goes on with a text.
  ///
  /// The scores depend on the last `context` tokens. Up to that many, keys and values of earlier positions are
  /// kept, and each token costs one position; beyond, the window moves with every token, and so do the
  /// positions of all its tokens, which are read again. Room for keys and values doubles as a text grows, so that
  /// few plans serve all texts.
  ///
  /// - Parameters:
  ///   - tokens: The beginning, one token or more.
  ///   - count: How many tokens are added.
  ///   - sampling: How they are chosen.
  /// - Returns: The added tokens.
  public func generate(after tokens: [Int], count: Int, _ sampling: TokenSampling = .init())
    -> [Int]
  {
    let form = transformer.form
    guard !tokens.isEmpty, tokens.allSatisfy({ (0..<form.vocabulary).contains($0) }) else {
      stop("generate: needs tokens below \(form.vocabulary) to begin with")
    }
    var random = PhiloxGenerator(seed: sampling.seed)
    var text = tokens
    var past = Past()
    for _ in 0..<count {
      let follows = past.count == text.count - 1 && text.count <= form.context && past.count > 0
      let scores = withoutGradients {
        follows ? next(text[past.count], &past) : first(text.suffix(form.context), &past)
      }
      text.append(sampling.choose(from: scores.doubles(), using: &random))
    }
    return Array(text.dropFirst(tokens.count))
  }

  /// The smallest room that holds so many positions, of a few sizes.
  private func room(for count: Int) -> Int {
    var room = 32
    while room < count { room *= 2 }
    return min(room, transformer.form.context)
  }

  /// Reads a text from its beginning; the scores of the token after it.
  private func first(_ text: ArraySlice<Int>, _ past: inout Past) -> Tensor {
    let room = room(for: text.count)
    past = Past()
    past.count = text.count
    // Behind the text stands what no position of it sees, so that all texts of a size take the same plan.
    let filled = Array(text) + Array(repeating: 0, count: room - text.count)
    let ids = Tensor(filled, shape: [1, room])
    let x = transformer.tokens(ids) + transformer.positions.weight[0..<room]
    let y = transformer.read(x, mask: nil, isCausal: true) { _, keys, values in
      past.keys.append(keys)
      past.values.append(values)
      return (keys, values)
    }
    // The place of the last token is an argument of the plan, not a part of it.
    let last = y[0].gathering(Tensor([Int64(text.count - 1)], shape: [1]))
    return evaluated(scores(of: last), past)
  }

  /// Reads one more token; the scores of the token after it.
  private func next(_ token: Int, _ past: inout Past) -> Tensor {
    if past.count == past.room { past.grow(to: room(for: past.count + 1)) }
    let place = Tensor([Int64(past.count)], shape: [1, 1])
    let places = Tensor.range(past.room)
    let isHere = (places .== place).reshaped(to: [1, 1, past.room, 1])
    let isSeen = (places .<= place).reshaped(to: [1, 1, 1, past.room])
    let id = Tensor([Int64(token)], shape: [1, 1])
    let x = transformer.tokens(id) + transformer.positions(place)
    let y = transformer.read(x, mask: isSeen, isCausal: false) { block, key, value in
      past.keys[block] = select(isHere, key, past.keys[block])
      past.values[block] = select(isHere, value, past.values[block])
      return (past.keys[block], past.values[block])
    }
    past.count += 1
    return evaluated(scores(of: y[0]), past)
  }

  private func evaluated(_ scores: Tensor, _ past: Past) -> Tensor {
    Tensor.evaluate([scores] + past.keys + past.values)
    return scores
  }
}
