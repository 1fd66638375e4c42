import HebbCore

/// The exponential of the mean cross-entropy of the next token: how many equally likely tokens would be
/// as hard to choose from. 1 at best, the size of the vocabulary for a guess, infinite at worst.
///
/// - SeeAlso: Jelinek et al. 1977.
public struct Perplexity: Metric, Hashable {
  /// The label of places that do not count.
  public let ignoredLabel: Int
  /// The number of tokens.
  public private(set) var count = 0
  private var sum = 0.0

  /// A measure that leaves places of one label out: −100, as PyTorch's, unless said otherwise.
  public init(ignoring ignoredLabel: Int = -100) { self.ignoredLabel = ignoredLabel }

  /// exp of the mean cross-entropy.
  public var value: Double { exponential(crossEntropy) }

  /// The mean cross-entropy in nats.
  public var crossEntropy: Double { count > 0 ? sum / Double(count) : .nan }

  /// Takes a batch.
  ///
  /// - Parameters:
  ///   - logits: `[..., vocabulary]`.
  ///   - labels: `int64[...]`.
  public mutating func update(_ logits: Tensor, _ labels: Tensor) {
    demand(
      logits.rank >= 1 && logits.shape.dropLast().elementsEqual(labels.shape), "Perplexity", logits,
      labels)
    let size = logits.shape[logits.rank - 1]
    let logs = withoutGradients { logSoftmax(logits.cast(to: .float64), axis: -1).doubles() }
    for (row, label) in labels.integers().enumerated() where label != ignoredLabel {
      guard (0..<size).contains(label) else {
        fatalError("Hebb: Perplexity: label \(label) of a vocabulary of \(size)")
      }
      sum -= logs[row * size + label]
      count += 1
    }
  }

  /// Forgets all batches.
  public mutating func reset() { self = Perplexity(ignoring: ignoredLabel) }
}
