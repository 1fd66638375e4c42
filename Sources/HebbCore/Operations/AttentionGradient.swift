/// The gradient of `Attention` with respect to queries, keys and values, from the weights made again of
/// scores and logarithms of sums:
///
///     W = exp(q kᵀ · scale + mask − log sum), A = dropout(W), dA = dropout(dy vᵀ), D = Σ dy y
///     dS = W (dA − D), dq = scale dS k, dk = scale dSᵀ q, dv = Aᵀ dy
///
/// The inputs are queries, keys, values, the results of `Attention`, the cotangent of the outputs
/// `[..., heads, queries, value size]`, and what else `Attention` had. Where queries, keys and values have
/// one shape the result is `[..., queries, 3, heads, size]`, so that the three lie as a common projection
/// does; else a vector of the three, each in the order `[..., positions, heads, size]`.
///
/// - SeeAlso: Dao et al. 2022, "FlashAttention", appendix B.2.
public struct AttentionGradient: Primitive {
  /// The options of the attention.
  public let options: AttentionOptions

  package init(_ options: AttentionOptions) { self.options = options }

  /// The operation's name.
  public var name: String { "attentionGradient" }

  /// All three gradients.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let sizes = try AttentionSizes(name, inputs, options)
    let expected = Shape(Array(sizes.outer) + [sizes.queries, sizes.valueSize])
    guard inputs[3] == TensorType([sizes.outputCount + sizes.rowCount], inputs[0].dtype),
      inputs[4] == TensorType(expected, inputs[0].dtype)
    else {
      throw TensorError(
        "\(name): results \(inputs[3]) and cotangent \(inputs[4]) do not fit to the queries \(inputs[0])"
      )
    }
    return TensorType(Self.shape(sizes), inputs[0].dtype)
  }

  private static func shape(_ sizes: AttentionSizes) -> Shape {
    if sizes.isJoint {
      return Shape(Array(sizes.outer.dropLast()) + [sizes.queries, 3, sizes.heads, sizes.size])
    }
    let perHead =
      sizes.queries * sizes.size + sizes.keys * sizes.size + sizes.keys * sizes.valueSize
    return [sizes.batch * sizes.heads * perHead]
  }

  /// The gradients of queries, keys and values in their shapes.
  static func unpacked(_ packed: Tensor, _ sizes: AttentionSizes) -> [Tensor] {
    if sizes.isJoint {
      return (0..<3).map {
        packed.slice(axis: -3, $0..<$0 + 1).squeezingShape(at: -3).transposed(-3, -2)
      }
    }
    var start = 0
    let parts = [
      (sizes.queries, sizes.size), (sizes.keys, sizes.size), (sizes.keys, sizes.valueSize),
    ]
    return parts.map { rows, size in
      let count = sizes.batch * sizes.heads * rows * size
      defer { start += count }
      return packed.slice(axis: 0, start..<start + count)
        .reshaped(to: sizes.joined(rows, size)).transposed(-3, -2)
    }
  }

  /// Composed; the results of the attention are taken as functions of queries, keys and values.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let sizes = AttentionSizes(name, inputs.map(\.type))
    let composed = ComposedAttention(inputs, options)
    let slopes = composed.secondGradients(
      along: inputs[4], Self.unpacked(cotangent, sizes))
    var result: [Tensor?] = [slopes.query, slopes.key, slopes.value, nil, slopes.cotangent]
    if options.hasMask {
      result.append(inputs[5].dtype == .bool ? nil : slopes.scores)
    }
    if options.dropout > 0 { result += [nil, nil] }
    return result
  }

  /// Five products for each pair of query and key, and an exponential.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    let sizes = AttentionSizes(name, (0..<3).map { inputs[$0] })
    return sizes.rowCount * sizes.keys * (6 * sizes.size + 4 * sizes.valueSize + 1)
  }

  /// Pair by pair, with weights from the softmax itself.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let sizes = AttentionSizes(name, inputs.map(\.type))
    let oracle = AttentionOracle(inputs, sizes, options)
    let (queries, keys, size, valueSize) = (
      sizes.queries, sizes.keys, sizes.size, sizes.valueSize
    )
    let heads = sizes.batch * sizes.heads
    var dq = Array(repeating: 0.0, count: heads * queries * size)
    var dk = Array(repeating: 0.0, count: heads * keys * size)
    var dv = Array(repeating: 0.0, count: heads * keys * valueSize)
    for head in 0..<heads {
      for i in 0..<queries {
        let weights = oracle.weights(head, i).weights
        func slope(_ c: Int) -> Double { inputs[4].real((head * queries + i) * valueSize + c) }
        let slopes = (0..<keys).map { j in
          (0..<valueSize).reduce(0.0) { $0 + slope($1) * oracle.value(head, j, $1) }
            * oracle.factor(head, i, j)
        }
        let mean = zip(weights, slopes).reduce(0.0) { $0 + $1.0 * $1.1 }
        for j in 0..<keys {
          let score = weights[j] * (slopes[j] - mean) * options.scale
          for c in 0..<size {
            dq[(head * queries + i) * size + c] += score * oracle.key(head, j, c)
            dk[(head * keys + j) * size + c] += score * oracle.query(head, i, c)
          }
          let weight = weights[j] * oracle.factor(head, i, j)
          for c in 0..<valueSize { dv[(head * keys + j) * valueSize + c] += weight * slope(c) }
        }
      }
    }
    var result = HostArray(zeros: type)
    var start = 0
    for (part, gradient, rows, width) in [
      (0, dq, queries, size), (1, dk, keys, size), (2, dv, keys, valueSize),
    ] {
      for (position, value) in gradient.enumerated() {
        let (c, row) = (position % width, position / width)
        let (j, head) = (row % rows, row / rows)
        let (b, h) = (head / sizes.heads, head % sizes.heads)
        let place =
          sizes.isJoint
          ? (((b * rows + j) * 3 + part) * sizes.heads + h) * width + c
          : start + ((b * rows + j) * sizes.heads + h) * width + c
        result.set(place, real: value)
      }
      start += gradient.count
    }
    return result
  }

  /// The options.
  public func sign(_ signature: inout Signature) { options.sign(&signature) }
}
