import Hebb

/// Recurrent networks for text.
extension Workload {
  static let recurrent: [Workload] = [
    Workload(name: "lstm_lm_train", batch: 20, sizes: .sequences, gflop: 55.7, make: lstmTraining),
    Workload(name: "gru_lm_train", batch: 32, sizes: .sequences, gflop: 1.45, make: gruTraining),
    Workload(
      name: "seq2seq_train", batch: 64, sizes: .sequences, gflop: 0.18, make: translationTraining),
  ]

  private static func tokens(_ shape: Shape, below limit: Int, _ label: String) -> Tensor {
    var random = PhiloxGenerator(seed: 0).mixing(label)
    let values = (0..<shape.elementCount).map { _ in Int64(random.nextInteger(below: limit)) }
    return Tensor(values, shape: shape).evaluated()
  }

  /// Two layers of 650 units over 10,000 words, SGD with rate 1, gradients of norm 5 at most; the state is
  /// carried over.
  private static func lstmTraining(_ sizes: Sizes) -> Steps {
    let (time, batch) = (sizes.length ?? 35, sizes.batch)
    let model = RecurrentLanguageModel(
      .init(
        .lstm, vocabulary: 10_000, width: 650, hidden: 650, layers: sizes.depth ?? 2, dropout: 0.5,
        carriedRows: batch), seed: 0)
    return training(model, SGD(model, rate: 1), [time, batch], vocabulary: 10_000, norm: 5)
  }

  /// One layer of 256 units over 28 characters, SGD with rate 1, gradients of norm 1 at most.
  private static func gruTraining(_ sizes: Sizes) -> Steps {
    let (time, batch) = (sizes.length ?? 35, sizes.batch)
    let model = RecurrentLanguageModel(
      .init(.gru, vocabulary: 28, hidden: 256, layers: sizes.depth ?? 1), seed: 0)
    return training(model, SGD(model, rate: 1), [time, batch], vocabulary: 28, norm: 1)
  }

  private static func training(
    _ model: RecurrentLanguageModel, _ optimizer: SGD, _ shape: Shape, vocabulary: Int,
    norm: Double
  ) -> Steps {
    let inputs = tokens(shape, below: vocabulary, "inputs")
    let targets = tokens(shape, below: vocabulary, "targets")
    model.train()
    return Steps(step: {
      let loss = softmaxCrossEntropy(logits: model.scores(ofTimes: inputs), labels: targets)
      let slopes = gradients(of: loss, for: optimizer.parameters)
      optimizer.step(along: slopes.clipped(toNorm: norm))
    })
  }

  /// Gated recurrent units on both sides and additive attention between, Adam, gradients of norm 1 at
  /// most, losses of the words that there are.
  private static func translationTraining(_ sizes: Sizes) -> Steps {
    let (time, batch) = (sizes.length ?? 10, sizes.batch)
    let model = AttendingTranslator(words: 200, width: 32, layers: sizes.depth ?? 2, seed: 0)
    let optimizer = Adam(model, rate: 0.005)
    let source = tokens([batch, time], below: 200, "source")
    let target = tokens([batch, time], below: 200, "target")
    let labels = tokens([batch, time], below: 200, "labels")
    let shortest = min(3, time)
    let places = Tensor.range(time).expandingShape(at: 0)
    func padding(_ label: String) -> Tensor {
      let lengths = tokens([batch, 1], below: time - shortest + 1, label) + Tensor(shortest)
      return (places .>= lengths).evaluated()
    }
    let sourcePadding = padding("source lengths")
    let weights = (.!padding("target lengths")).cast(to: .float32).evaluated()
    model.train()
    return Steps(step: {
      let scores = model(source, sourcePadding, target)
      let losses = softmaxCrossEntropy(logits: scores, labels: labels, reduction: .none)
      let loss = (losses.reshaped(to: weights.shape) * weights).sum() / weights.sum()
      let slopes = gradients(of: loss, for: optimizer.parameters)
      optimizer.step(along: slopes.clipped(toNorm: 1))
    })
  }
}

/// The translator of the list of workloads (Bahdanau, Cho & Bengio 2015 with gated recurrent units).
private final class AttendingTranslator: Module {
  let sourceWords: Embedding
  let targetWords: Embedding
  let encoder: GRU
  let decoder: GRU
  let attention: AdditiveAttention
  let output: Linear

  init(words: Int, width: Int, layers: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    let options = RecurrentOptions(layers: layers, dropout: layers > 1 ? 0.1 : 0)
    sourceWords = Embedding(count: words, width: width, using: &random)
    targetWords = Embedding(count: words, width: width, using: &random)
    encoder = GRU(inputs: width, hidden: width, options, using: &random)
    decoder = GRU(inputs: 2 * width, hidden: width, options, using: &random)
    attention = AdditiveAttention(
      queryWidth: width, keyWidth: width, hidden: width, using: &random)
    output = Linear(inputs: width, outputs: words, using: &random)
  }

  /// The scores of the words after those of the target.
  func callAsFunction(_ source: Tensor, _ padding: Tensor, _ target: Tensor) -> Tensor {
    let read = encoder.read(sourceWords(source).transposed(0, 1))
    let memory = read.outputs.transposed(0, 1)  // [batch, time, width]
    var state = read.hidden
    let keys = attention.projected(memory)
    let words = targetWords(target).transposed(0, 1)  // [time, batch, width]
    let outputs = (0..<words.shape[0]).map { time -> Tensor in
      let query = state[-1].expandingShape(at: 1)
      let context = attention(query, projectedKeys: keys, values: memory, keyPadding: padding)
        .output
      let x = concatenate([context.squeezingShape(at: 1), words[time]], axis: 1)
      let next = decoder.read(x.expandingShape(at: 0), from: state)
      state = next.hidden
      return next.outputs[0]
    }
    return output(stack(outputs, axis: 1))
  }
}
