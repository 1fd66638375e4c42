import HebbCore

/// What attention must not see, in the sense of PyTorch's `nn.MultiheadAttention`: true is hidden
/// (`scaledDotProductAttention` takes the opposite, as PyTorch's function does).
public struct AttentionMasks: Sendable {
  /// Of `bool`, whether a query must not see a key; of a floating-point type, numbers that are added to
  /// the scores. `[queries, keys]`, `[batch · heads, queries, keys]` or
  /// `[batch, heads or 1, queries, keys]`.
  public var scores: Tensor?
  /// Whether a key is padding, `bool` `[batch, keys]`; numbers are added to the scores.
  public var keyPadding: Tensor?
  /// Whether query i sees the keys 0...i only.
  public var isCausal: Bool

  /// Masks.
  ///
  /// - Parameters:
  ///   - scores: What hides keys from queries.
  ///   - keyPadding: What hides keys from all queries.
  ///   - isCausal: Whether query i sees the keys 0...i only.
  public init(scores: Tensor? = nil, keyPadding: Tensor? = nil, isCausal: Bool = false) {
    self.scores = scores
    self.keyPadding = keyPadding
    self.isCausal = isCausal
  }

  /// Nothing is hidden.
  public static let none = AttentionMasks()
  /// Each position sees itself and those before.
  public static let causal = AttentionMasks(isCausal: true)

  /// The masks but the causal one in one, as `scaledDotProductAttention` takes it; nil for none. The shape is
  /// that of the scores, `[batch, heads, queries, keys]`.
  func combined(for shape: [Int], _ dtype: DType) -> Tensor? {
    var masks: [Tensor] = []
    if let scores {
      masks.append(
        scores.rank == 3 ? scores.reshaped(to: [shape[0], -1, shape[2], shape[3]]) : scores)
    }
    if let keyPadding {
      guard keyPadding.shape == [shape[0], shape[3]] else {
        stop(
          "keyPadding: expects [\(shape[0]), \(shape[3])], [batch, keys], not \(keyPadding.shape)")
      }
      masks.append(keyPadding.reshaped(to: [shape[0], 1, 1, shape[3]]))
    }
    guard let first = masks.first else { return nil }
    if masks.allSatisfy({ $0.dtype == .bool }) {
      return .!masks.dropFirst().reduce(first) { $0 .| $1 }
    }
    let numbers = masks.map { mask in
      mask.dtype == .bool
        ? select(mask, Tensor(-Double.infinity, dtype: dtype), Tensor(0, dtype: dtype)) : mask
    }
    return numbers.dropFirst().reduce(numbers[0]) { $0 + $1 }
  }
}

/// Attention in several heads, as PyTorch's `nn.MultiheadAttention`:
///
///     headₕ = softmax(Qₕ Kₕᵀ / √(width / heads)) Vₕ with Q = query W_Q + b, and so K and V
///     output = [head₁ … headₙ] W_O + b
///
/// A query from which all keys are hidden gives NaN.
///
/// Shapes: query `[queries, batch, width]`, key `[keys, batch, keyWidth]`, value
/// `[keys, batch, valueWidth]` → `[queries, batch, width]`; the batch first on demand, or no batch.
///
/// - SeeAlso: Vaswani et al. 2017, §3.2.2.
public final class MultiheadAttention: Layer {
  /// W of queries, keys and values one below the other, `[3 width, width]`; nil where keys or values
  /// have another width.
  @Parameter("in_proj_weight") public var inputWeight: Tensor?
  /// W_Q, `[width, width]`; nil where all three are in one.
  @Parameter("q_proj_weight") public var queryWeight: Tensor?
  /// W_K, `[width, keyWidth]`; nil where all three are in one.
  @Parameter("k_proj_weight") public var keyWeight: Tensor?
  /// W_V, `[width, valueWidth]`; nil where all three are in one.
  @Parameter("v_proj_weight") public var valueWeight: Tensor?
  /// The biases of queries, keys and values, `[3 width]`; nil without bias.
  @Parameter("in_proj_bias") public var inputBias: Tensor?
  /// W_O.
  @Submodule("out_proj") public var output: Linear
  /// The dropout of the weights; nil without.
  public let dropout: Dropout?
  /// The number of heads.
  public let heads: Int
  /// The size of queries and outputs.
  public let width: Int
  /// Whether the batch is the first axis.
  public let isBatchFirst: Bool

  /// A layer with weights by Glorot's uniform rule and biases of 0; the output's weight is uniform
  /// in ±1/√width.
  ///
  /// - Parameters:
  ///   - width: The size of queries and outputs.
  ///   - heads: The number of heads, a divisor of the width.
  ///   - sources: The sizes of keys and values where they are not the width.
  ///   - dropout: The probability with which weights are dropped in training.
  ///   - bias: Whether there are biases.
  ///   - batchFirst: Whether the batch is the first axis.
  ///   - generator: Where the weights come from; advanced.
  public init(
    width: Int, heads: Int, sources: (keyWidth: Int, valueWidth: Int)? = nil, dropout: Double = 0,
    bias: Bool = true, batchFirst: Bool = false, using generator: inout PhiloxGenerator
  ) {
    guard heads > 0, width.isMultiple(of: heads) else {
      stop("MultiheadAttention: the width \(width) is not a multiple of \(heads) heads")
    }
    self.width = width
    self.heads = heads
    isBatchFirst = batchFirst
    let initializer = Initializer.xavierUniform()
    let (keyWidth, valueWidth) = sources ?? (width, width)
    let output = Linear(inputs: width, outputs: width, bias: bias, using: &generator)
    if bias { output.bias = .zeros([width]) }
    self.dropout = dropout > 0 ? Dropout(dropout, using: &generator) : nil
    if keyWidth == width, valueWidth == width {
      inputWeight = initializer([3 * width, width], using: &generator)
    } else {
      queryWeight = initializer([width, width], using: &generator)
      keyWeight = initializer([width, keyWidth], using: &generator)
      valueWeight = initializer([width, valueWidth], using: &generator)
    }
    inputBias = bias ? .zeros([3 * width]) : nil
    self.output = output
  }

  /// Self-attention: x asks, and x answers.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, masks: .none) }

  /// Attention of queries to keys.
  ///
  /// - Parameters:
  ///   - query: What asks.
  ///   - key: What is compared with the query; the query itself where nil.
  ///   - value: What is averaged; the key where nil.
  ///   - masks: What is hidden.
  /// - Returns: The output.
  public func callAsFunction(
    _ query: Tensor, key: Tensor? = nil, value: Tensor? = nil, masks: AttentionMasks = .none
  ) -> Tensor { attended(query, key, value, masks, withWeights: false).output }

  /// Attention of queries to keys, with its weights.
  ///
  /// - Parameters:
  ///   - query: What asks.
  ///   - key: What is compared with the query; the query itself where nil.
  ///   - value: What is averaged; the key where nil.
  ///   - masks: What is hidden.
  /// - Returns: The output, and the weights of each head, `[batch, heads, queries, keys]`, before their
  ///   dropout; PyTorch returns their mean over the heads.
  public func attend(
    _ query: Tensor, key: Tensor? = nil, value: Tensor? = nil, masks: AttentionMasks = .none
  ) -> (output: Tensor, weights: Tensor) {
    let (output, weights) = attended(query, key, value, masks, withWeights: true)
    guard let weights else { stop("MultiheadAttention: has no weights") }
    return (output, weights)
  }

  private func attended(
    _ query: Tensor, _ key: Tensor?, _ value: Tensor?, _ masks: AttentionMasks, withWeights: Bool
  ) -> (output: Tensor, weights: Tensor?) {
    calling {
      if query.rank == 2 {
        let axis = isBatchFirst ? 0 : 1
        let (output, weights) = attendBatch(
          query.expandingShape(at: axis), key?.expandingShape(at: axis),
          value?.expandingShape(at: axis), masks, withWeights)
        return (output.squeezingShape(at: axis), weights)
      }
      return attendBatch(query, key, value, masks, withWeights)
    }
  }

  private func attendBatch(
    _ query: Tensor, _ key: Tensor?, _ value: Tensor?, _ masks: AttentionMasks, _ withWeights: Bool
  ) -> (output: Tensor, weights: Tensor?) {
    let (q, k, v) = projections(query, key, value)
    let (batch, queries) = (q.shape[0], q.shape[2])
    let mask = masks.combined(for: [batch, heads, queries, k.shape[2]], q.dtype)
    let values = scaledDotProductAttention(
      query: q, key: k, value: v, mask: mask, isCausal: masks.isCausal,
      dropout: dropout?.forAttention())  // [batch, heads, queries, size]
    // Back to the layout of the input, the heads side by side.
    let joined = values.permuted(isBatchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3])
    let shape = isBatchFirst ? [batch, queries, width] : [queries, batch, width]
    let weights =
      withWeights
      ? attentionWeights(query: q, key: k, mask: mask, isCausal: masks.isCausal) : nil
    return (output(joined.reshaped(to: shape)), weights)
  }

  /// Queries, keys and values in heads, `[batch, heads, positions, width / heads]`.
  private func projections(
    _ query: Tensor, _ key: Tensor?, _ value: Tensor?
  ) -> (Tensor, Tensor, Tensor) {
    guard query.rank == 3, query.shape[2] == width else {
      stop(
        "MultiheadAttention: expects queries with three axes and \(width) features, not "
          + "\(query.shape)")
    }
    let biases = inputBias?.split(3, axis: 0)
    if let inputWeight {
      if key == nil, value == nil {
        let parts = affine(query, inputWeight, inputBias).split(3, axis: 2)
        return (inHeads(parts[0]), inHeads(parts[1]), inHeads(parts[2]))
      }
      let weights = inputWeight.split(3, axis: 0)
      let key = key ?? query
      return (
        inHeads(affine(query, weights[0], biases?[0])),
        inHeads(affine(key, weights[1], biases?[1])),
        inHeads(affine(value ?? key, weights[2], biases?[2]))
      )
    }
    guard let queryWeight, let keyWeight, let valueWeight else {
      stop("MultiheadAttention: has no weights")
    }
    let key = key ?? query
    return (
      inHeads(affine(query, queryWeight, biases?[0])), inHeads(affine(key, keyWeight, biases?[1])),
      inHeads(affine(value ?? key, valueWeight, biases?[2]))
    )
  }

  private func inHeads(_ x: Tensor) -> Tensor {
    x.reshaped(to: [x.shape[0], x.shape[1], heads, width / heads])
      .permuted(isBatchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
  }
}
