import HebbCore

/// Scaled dot-product attention, softmax(Q Kᵀ / √width) V, as PyTorch's function of this name
/// (Vaswani et al. 2017, equation 1).
///
/// - Parameters:
///   - query: Q, `[..., queries, width]`.
///   - key: K, `[..., keys, width]`.
///   - value: V, `[..., keys, value width]`.
///   - mask: What broadcasts to `[..., queries, keys]`: of `bool`, whether a query sees a key; of the
///     type of Q, numbers that are added to the scores. A query that sees no key gives NaN.
///   - isCausal: Whether query i sees the keys 0...i only.
///   - scale: Replaces 1/√width.
///   - dropout: The probability with which weights are dropped, and a generator for this call alone, not
///     advanced; nil without dropout, which is also how PyTorch's `dropout_p` is switched off in use.
/// - Returns: `[..., queries, value width]`; in memory the heads, the axis before the queries, lie side by
///   side, so that `[batch, heads, queries, width]` becomes `[batch, queries, heads · width]` for nothing.
/// - Note: Memory grows with queries and keys, not with their product, and the scores of one block of
///   queries stay in the cache. Queries, keys and values may be views of one projection.
public func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil, dropout: (probability: Double, generator: PhiloxGenerator)? = nil
) -> Tensor {
  guard query.rank >= 2, key.rank >= 2, value.rank >= 2,
    query.shape.last == key.shape.last, key.shape[key.rank - 2] == value.shape[value.rank - 2]
  else {
    stop(
      "scaledDotProductAttention: query \(query.shape), key \(key.shape) and value \(value.shape) "
        + "are not [..., queries, width], [..., keys, width] and [..., keys, value width]")
  }
  if let dropout { checkProbability(dropout.probability, "scaledDotProductAttention") }
  if let mask, mask.dtype != .bool, mask.dtype != query.dtype, Autocast.dtype == nil {
    stop("scaledDotProductAttention: a mask is bool or \(query.dtype), not \(mask.dtype)")
  }
  var options = AttentionOptions()
  options.isCausal = isCausal
  options.scale = scale ?? 1 / Double(max(query.shape.last ?? 1, 1)).squareRoot()
  options.dropout = dropout?.probability ?? 0
  return attention(query, key, value, mask: mask, options, using: dropout?.generator)
}

/// The weights of scaled dot-product attention, softmax(Q Kᵀ / √width + mask), to look at: attention
/// itself never holds all of them.
///
/// - Parameters:
///   - query: Q, `[..., queries, width]`.
///   - key: K, `[..., keys, width]`.
///   - mask: As in `scaledDotProductAttention`.
///   - isCausal: Whether query i sees the keys 0...i only.
/// - Returns: `[..., queries, keys]`, rows that sum to 1.
public func attentionWeights(
  query: Tensor, key: Tensor, mask: Tensor? = nil, isCausal: Bool = false
) -> Tensor {
  guard query.rank >= 2, key.rank >= 2, query.shape.last == key.shape.last else {
    stop(
      "attentionWeights: query \(query.shape) and key \(key.shape) are not [..., queries, width] and "
        + "[..., keys, width]")
  }
  var options = AttentionOptions()
  options.isCausal = isCausal
  options.scale = 1 / Double(max(query.shape.last ?? 1, 1)).squareRoot()
  return attentionWeights(query, key, mask: mask, options)
}

/// Attention in which several heads of queries share a head of keys and values, as PyTorch's
/// `scaled_dot_product_attention(enable_gqa=True)` (Ainslie et al. 2023; with one head of keys Shazeer
/// 2019).
///
/// - Parameters:
///   - query: Q, `[batch, heads, queries, width]`.
///   - key: K, `[batch, groups, keys, width]`; the heads are a multiple of the groups.
///   - value: V, `[batch, groups, keys, value width]`.
///   - isCausal: Whether query i sees the keys 0...i only.
/// - Returns: `[batch, heads, queries, value width]`.
public func groupedQueryAttention(
  query: Tensor, key: Tensor, value: Tensor, isCausal: Bool = false
) -> Tensor {
  guard query.rank == 4, key.rank == 4, value.rank == 4, key.shape[1] == value.shape[1],
    key.shape[1] > 0, query.shape[1].isMultiple(of: key.shape[1])
  else {
    stop(
      "groupedQueryAttention: query \(query.shape), key \(key.shape) and value \(value.shape) are "
        + "not [batch, heads, queries, width] and [batch, groups, keys, width] with a multiple of "
        + "heads")
  }
  let (heads, groups) = (query.shape[1], key.shape[1])
  var grouped = Array(query.shape)
  grouped.replaceSubrange(1...1, with: [groups, heads / groups])
  let output = scaledDotProductAttention(
    query: query.reshaped(to: grouped), key: key.expandingShape(at: 2),
    value: value.expandingShape(at: 2), isCausal: isCausal)
  return output.reshaped(to: [query.shape[0], heads, query.shape[2], value.shape[3]])
}
