import HebbCore

/// Attention by a small network, softmax(wᵀ tanh(W_q q + W_k k)) V (Bahdanau, Cho & Bengio 2015).
///
/// Shapes: queries `[batch, queries, queryWidth]`, keys `[batch, keys, keyWidth]`, values
/// `[batch, keys, valueWidth]` → `[batch, queries, valueWidth]`.
public final class AdditiveAttention: Module {
  /// W_q, without bias.
  @Submodule("W_q") public var query: Linear
  /// W_k, without bias.
  @Submodule("W_k") public var key: Linear
  /// w, without bias.
  @Submodule("w_v") public var score: Linear
  /// The dropout of the weights.
  public let dropout: Dropout

  /// A layer with random weights.
  ///
  /// - Parameters:
  ///   - queryWidth: The size of queries.
  ///   - keyWidth: The size of keys.
  ///   - hidden: The size of the network.
  ///   - dropout: The probability with which weights are dropped in training.
  ///   - generator: Where the weights come from; advanced.
  public init(
    queryWidth: Int, keyWidth: Int, hidden: Int, dropout: Double = 0,
    using generator: inout PhiloxGenerator
  ) {
    self.dropout = Dropout(dropout, using: &generator)
    query = Linear(inputs: queryWidth, outputs: hidden, bias: false, using: &generator)
    key = Linear(inputs: keyWidth, outputs: hidden, bias: false, using: &generator)
    score = Linear(inputs: hidden, outputs: 1, bias: false, using: &generator)
  }

  /// The mean of the values, weighted by how well the keys fit.
  ///
  /// - Parameters:
  ///   - queries: What asks.
  ///   - keys: What is compared.
  ///   - values: What is averaged.
  ///   - keyPadding: Whether a key is hidden, `bool` `[batch, keys]`.
  /// - Returns: The means, and the weights `[batch, queries, keys]`.
  public func callAsFunction(
    _ queries: Tensor, keys: Tensor, values: Tensor, keyPadding: Tensor? = nil
  ) -> (output: Tensor, weights: Tensor) {
    calling { attend(queries, projected(keys), values, keyPadding) }
  }

  /// The mean of the values where the same keys are asked several times, one step of a decoder after the
  /// other: their product with W_k is then made once, and so is its gradient.
  ///
  /// - Parameters:
  ///   - queries: What asks.
  ///   - projectedKeys: What `projected` gives for the keys.
  ///   - values: What is averaged.
  ///   - keyPadding: Whether a key is hidden, `bool` `[batch, keys]`.
  /// - Returns: The means, and the weights `[batch, queries, keys]`.
  public func callAsFunction(
    _ queries: Tensor, projectedKeys: Tensor, values: Tensor, keyPadding: Tensor? = nil
  ) -> (output: Tensor, weights: Tensor) {
    calling { attend(queries, projectedKeys, values, keyPadding) }
  }

  /// The keys as queries are compared with, W_k k: `[batch, 1, keys, hidden]`.
  public func projected(_ keys: Tensor) -> Tensor { key(keys).expandingShape(at: 1) }

  private func attend(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ keyPadding: Tensor?
  ) -> (output: Tensor, weights: Tensor) {
    let features = tanh(query(queries).expandingShape(at: 2) + keys)
    var scores = score(features).squeezingShape(at: -1)  // [batch, queries, keys]
    if let keyPadding {
      let hidden = Tensor(-Double.infinity, dtype: scores.dtype)
      scores = select(keyPadding.expandingShape(at: 1), hidden, scores)
    }
    let weights = softmax(scores)
    return (matmul(dropout(weights), values), weights)
  }
}
