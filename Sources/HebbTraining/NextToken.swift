import HebbCore
import HebbNN

/// Guessing the next token of a text: the mean cross-entropy over all tokens, in nats, and the share of
/// right guesses.
public struct NextToken: Objective {
  /// The objective.
  public init() {}

  /// By loss.
  public var criterion: Criterion { Criterion("loss", isLargerBetter: false) }

  /// Loss and right guesses.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]`.
  ///   - tokens: `int64[batch, time]`.
  /// - Returns: `loss`, and `accuracy`, the share of right guesses of each text.
  public func assess(_ logits: Tensor, _ tokens: Tensor) -> Assessment {
    let hits = (logits.argMax(axis: -1) .== tokens).cast(to: .float32)
    let time = Double(max(tokens.shape[1], 1))
    return Assessment(
      loss: softmaxCrossEntropy(logits: logits, labels: tokens),
      sums: [("accuracy", hits.sum() * (1 / time))])
  }
}
