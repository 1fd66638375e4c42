import Hebb

/// Transformers for text.
extension Workload {
  static let text: [Workload] = [
    Workload(
      name: "transformer_train", batch: 32, sizes: .sequences, gflop: 47.46,
      make: transformerTraining),
    Workload(name: "gpt_small_train", batch: 16, sizes: .sequences, gflop: 290.52) {
      gptTraining($0, dropout: 0.2)
    },
    Workload(name: "gpt_small_train_nodrop", batch: 16, sizes: .sequences, gflop: 295.36) {
      gptTraining($0, dropout: 0)
    },
    Workload(
      name: "bert_base_infer_b1", batch: 1, sizes: .sequences, gflop: 22.35, make: bertInference),
    Workload(
      name: "bert_base_infer_b8", batch: 8, sizes: .sequences, gflop: 178.79, make: bertInference),
    Workload(
      name: "bert_small_train", batch: 32, sizes: .sequences, gflop: 115.08, make: bertTraining),
  ]

  /// Random integers, computed.
  private static func tokens(_ shape: Shape, below limit: Int, _ label: String) -> Tensor {
    var random = PhiloxGenerator(seed: 0).mixing(label)
    let values = (0..<shape.elementCount).map { _ in Int64(random.nextInteger(below: limit)) }
    return Tensor(values, shape: shape).evaluated()
  }

  /// nanoGPT's model for Shakespeare's letters, AdamW, gradients of norm 1 at most.
  private static func gptTraining(_ sizes: Sizes, dropout: Double) -> Steps {
    let time = sizes.length ?? 256
    let form = GPT2Form.nano(
      vocabulary: 65, context: time, width: 384, layers: sizes.depth ?? 6, heads: 6,
      dropout: dropout)
    let model = GPT2LanguageModel(form, seed: 0)
    let optimizer = AdamW(model, rate: 1e-3, beta2: 0.99, weightDecay: 0.1)
    let inputs = tokens([sizes.batch, time], below: 65, "inputs")
    let targets = tokens([sizes.batch, time], below: 65, "targets")
    model.train()
    return Steps(step: {
      let loss = softmaxCrossEntropy(logits: model(inputs), labels: targets)
      let slopes = gradients(of: loss, for: optimizer.parameters)
      optimizer.step(along: slopes.clipped(toNorm: 1))
    })
  }

  /// BERT's base model with pooler.
  private static func bertInference(_ sizes: Sizes) -> Steps {
    let time = sizes.length ?? 128
    var form = BERTForm()
    form.layers = sizes.depth ?? 12
    form.context = max(form.context, time)
    var random = PhiloxGenerator(seed: 0)
    let model = BERT(form, using: &random).eval()
    let inputs = tokens([sizes.batch, time], below: form.vocabulary, "inputs")
    let segments = Tensor.zeros([sizes.batch, time], dtype: .int64).evaluated()
    return Steps(step: {
      withoutGradients {
        let hidden = model(inputs, segments: segments)
        Tensor.evaluate([hidden] + (model.pooler.map { [$0(hidden)] } ?? []))
      }
    })
  }

  /// A small BERT that guesses 20 masked words of each text, AdamW.
  private static func bertTraining(_ sizes: Sizes) -> Steps {
    let (batch, time, masked) = (sizes.batch, sizes.length ?? 128, 20)
    var form = BERTForm(width: 256, layers: sizes.depth ?? 4, heads: 4)
    form.context = max(form.context, time)
    form.attentionDropout = 0
    let model = BERTMaskedLanguageModel(form, seed: 0)
    let optimizer = AdamW(model, rate: 1e-4, weightDecay: 0.01)
    let inputs = tokens([batch, time], below: form.vocabulary, "inputs")
    let segments = Tensor.zeros([batch, time], dtype: .int64).evaluated()
    let places = tokens([batch, masked], below: time, "places")
    let labels = tokens([batch, masked], below: form.vocabulary, "labels")
    model.train()
    return Steps(step: {
      let scores = model(inputs, segments: segments, at: places)
      let loss = softmaxCrossEntropy(logits: scores, labels: labels)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    })
  }

  /// Encoder and decoder of three layers each, Adam.
  private static func transformerTraining(_ sizes: Sizes) -> Steps {
    let time = sizes.length ?? 32
    let model = TranslationTransformer(layers: sizes.depth ?? 3, seed: 0)
    let optimizer = Adam(model, rate: 1e-4)
    let source = tokens([sizes.batch, time], below: 8000, "source")
    let target = tokens([sizes.batch, time], below: 8000, "target")
    let labels = tokens([sizes.batch, time], below: 8000, "labels")
    model.train()
    return Steps(step: {
      let loss = softmaxCrossEntropy(logits: model(source, target), labels: labels)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    })
  }
}

/// The Transformer of the list of workloads: 8,000 words on both sides, vectors of 256, normalized last,
/// dropout of embeddings and of what is added.
private final class TranslationTransformer: Module {
  let sourceWords: Embedding
  let targetWords: Embedding
  let positions: PositionalEncoding
  let encoder: TransformerEncoder
  let decoder: TransformerDecoder
  let output: Linear
  private let width = 256

  init(layers: Int, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    var options = TransformerOptions(feedForward: 1024, dropout: 0.1, batchFirst: true)
    options.attentionDropout = 0
    options.hiddenDropout = 0
    let width = width
    sourceWords = Embedding(count: 8000, width: width, using: &random)
    targetWords = Embedding(count: 8000, width: width, using: &random)
    positions = PositionalEncoding(width: width, dropout: 0.1, using: &random)
    encoder = TransformerEncoder(
      (0..<layers).map { _ in
        TransformerEncoderLayer(width: width, heads: 4, options, using: &random)
      })
    decoder = TransformerDecoder(
      (0..<layers).map { _ in
        TransformerDecoderLayer(width: width, heads: 4, options, using: &random)
      })
    output = Linear(inputs: width, outputs: 8000, using: &random)
  }

  func callAsFunction(_ source: Tensor, _ target: Tensor) -> Tensor {
    let scale = Double(width).squareRoot()
    let memory = encoder(positions(sourceWords(source) * scale))
    return output(decoder(positions(targetWords(target) * scale), memory: memory, masks: .causal))
  }
}
