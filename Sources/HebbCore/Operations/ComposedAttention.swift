/// Attention in tensor operations: for the types that its primitive does not compute fast, and for
/// derivatives of its gradient.
struct ComposedAttention {
  private let query: Tensor
  private let key: Tensor
  private let value: Tensor
  private let scale: Double
  /// The weights W before dropout.
  let weights: Tensor
  /// What dropout multiplies them with; nil without.
  private let factor: Tensor?

  /// Takes the inputs of `Attention` or of its gradient.
  init(_ inputs: [Tensor], _ options: AttentionOptions) {
    (query, key, value) = (inputs[0], inputs[1], inputs[2])
    scale = options.scale
    var scores = matmul(query * scale, key.transposed())
    let nothing = Tensor(-Double.infinity, dtype: scores.dtype)
    let (queries, keys) = (scores.shape[scores.rank - 2], scores.shape[scores.rank - 1])
    if options.isCausal {
      let isSeen = Tensor.range(queries).expandingShape(at: 1) .>= Tensor.range(keys)
      scores = select(isSeen, scores, nothing)
    }
    if options.hasMask {
      let mask = inputs[inputs.count - options.extraInputs]
      scores = mask.dtype == .bool ? select(mask, scores, nothing) : scores + mask
    }
    weights = softmax(scores)
    guard options.dropout > 0 else {
      factor = nil
      return
    }
    // Rows begin with a block of random numbers.
    let alignment = AttentionOptions.maskAlignment
    var shape = scores.shape
    shape[shape.rank - 1] = (keys + alignment - 1) / alignment * alignment
    let mask = record(
      KeepMask(shape: shape, threshold: options.threshold),
      Operands(inputs[inputs.count - 2].node, inputs[inputs.count - 1].node))
    factor = mask.slice(axis: -1, 0..<keys).cast(to: scores.dtype) * options.keptScale
  }

  private func dropped(_ x: Tensor) -> Tensor { factor.map { x * $0 } ?? x }

  /// A v.
  var output: Tensor { matmul(dropped(weights), value) }

  /// The gradients along a cotangent of the output; `scores` is that of an added mask.
  func gradients(
    along dy: Tensor
  ) -> (query: Tensor, key: Tensor, value: Tensor, scores: Tensor) {
    let slopes = dropped(matmul(dy, value.transposed()))
    let mean = (weights * slopes).sum(axes: [-1], keepingDimensions: true)
    let scores = weights * (slopes - mean)
    return (
      matmul(scores, key) * scale, matmul(scores.transposed(), query) * scale,
      matmul(dropped(weights).transposed(), dy), scores
    )
  }

  /// The gradients of Σ (gq dq + gk dk + gv dv), where dq, dk and dv are those along `dy`, with respect to
  /// all that they depend on.
  ///
  /// With G = scale (gq kᵀ + q gkᵀ), the gradient of dS, and E = Σ G W along each row: that of W is
  /// H = dropout(dy gvᵀ) + G (dA − D) − E dA, that of dA is W (G − E), and that of the scores, as always
  /// under a softmax, W (H − Σ W H).
  func secondGradients(
    along dy: Tensor, _ g: [Tensor]
  ) -> (query: Tensor, key: Tensor, value: Tensor, cotangent: Tensor, scores: Tensor) {
    func rowSum(_ x: Tensor) -> Tensor { x.sum(axes: [-1], keepingDimensions: true) }
    let slopes = dropped(matmul(dy, value.transposed()))
    let scores = weights * (slopes - rowSum(weights * slopes))
    let outer =
      (matmul(g[0], key.transposed()) + matmul(query, g[1].transposed())) * scale
    let mean = rowSum(outer * weights)
    let ofWeights =
      dropped(matmul(dy, g[2].transposed()))
      + outer * (slopes - rowSum(weights * slopes)) - mean * slopes
    let ofSlopes = dropped(weights * (outer - mean))
    let ofScores = weights * (ofWeights - rowSum(weights * ofWeights))
    return (
      (matmul(scores, g[1]) + matmul(ofScores, key)) * scale,
      (matmul(scores.transposed(), g[0]) + matmul(ofScores.transposed(), query)) * scale,
      matmul(ofSlopes.transposed(), dy),
      matmul(dropped(weights), g[2]) + matmul(ofSlopes, value),
      ofScores
    )
  }
}

/// Scaled dot-product attention, y = dropout(softmax(Q Kᵀ · scale + mask)) V: the primitive where it is
/// fast, else composed.
///
/// - Parameters:
///   - query: `[..., queries, size]`; outer axes broadcast.
///   - key: `[..., keys, size]`.
///   - value: `[..., keys, value size]`.
///   - mask: What broadcasts to `[..., queries, keys]`.
///   - options: What is done besides; `hasMask` is set here.
///   - generator: Where dropout's mask comes from; not advanced.
///   - composed: Whether it is composed; nil for what is fast.
/// - Returns: `[..., queries, value size]`, in memory as `[..., queries, heads, value size]`.
package func attention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor?, _ options: AttentionOptions,
  using generator: PhiloxGenerator?, composed: Bool? = nil
) -> Tensor {
  precondition(
    options.dropout == 0 || generator != nil, "attention: dropout needs random numbers")
  var options = options
  options.hasMask = mask != nil
  var inputs = [query, key, value] + (mask.map { [$0] } ?? [])
  if options.dropout > 0, let generator {
    let (random, step) = generator.scalars
    inputs += [Tensor(random), Tensor(step)]
  }
  return attention(inputs, options, composed)
}

/// The weights of attention before dropout, softmax(Q Kᵀ · scale + mask).
package func attentionWeights(
  _ query: Tensor, _ key: Tensor, mask: Tensor?, _ options: AttentionOptions
) -> Tensor {
  var options = options
  (options.hasMask, options.dropout) = (mask != nil, 0)
  return ComposedAttention([query, key, key] + (mask.map { [$0] } ?? []), options).weights
}

private func attention(
  _ given: [Tensor], _ options: AttentionOptions, _ composed: Bool?
) -> Tensor {
  var inputs = given
  for i in 0..<3 { inputs[i] = Autocast.factor(inputs[i]) }
  let count = 3 + (options.hasMask ? 1 : 0)
  let type = inputs[0].dtype
  // 16-bit numbers are kept, but not added up, in their type.
  if type.isNarrow {
    let narrow = (0..<count).filter { inputs[$0].dtype.isNarrow }
    let wide = Autocast.converted(narrow.map { inputs[$0] }, to: .float32)
    for (i, tensor) in zip(narrow, wide) { inputs[i] = tensor }
    return withAutocast(nil) {
      Autocast.converted(attention(inputs, options, composed), to: type)
    }
  }
  // One set of outer axes, at least that of the heads.
  let outer: Shape
  do throws(TensorError) {
    var common: Shape = [1]
    for i in 0..<count { common = try .broadcast(common, Shape(inputs[i].shape.dropLast(2))) }
    outer = common
  } catch {
    trap(TensorError("attention: outer axes: \(error.description)"))
  }
  let rows = (inputs[0].shape[inputs[0].rank - 2], inputs[1].shape[inputs[1].rank - 2])
  for i in 0..<count {
    let last = i == 3 ? [rows.0, rows.1] : Array(inputs[i].shape.suffix(2))
    inputs[i] = inputs[i].broadcast(to: Shape(Array(outer) + last))
  }
  let isPlain = inputs[0].rank <= 7 && rows.0 > 0 && rows.1 > 0
  var result: Tensor
  if isPlain, !(composed ?? (type != .float32)) {
    let packed = record(Attention(options), Operands(inputs))
    result = Attention.outputs(packed, AttentionSizes("attention", inputs.map(\.type)))
  } else {
    result = ComposedAttention(inputs, options).output
  }
  let rank = given.prefix(count).map(\.rank).max() ?? 0
  while result.rank > rank { result = result.squeezingShape(at: 0) }
  return result
}
