import Glibc

/// What attention does besides its products.
public struct AttentionOptions: Sendable, Hashable {
  /// Whether query i sees the keys 0...i only.
  public var isCausal = false
  /// What the products of queries and keys are multiplied with.
  public var scale = 1.0
  /// Whether a mask follows the values among the inputs.
  public var hasMask = false
  /// The probability with which a weight is dropped; key and step are the last two inputs if above 0.
  public var dropout = 0.0

  /// Neither mask nor dropout, products as they are.
  public init() {}

  /// Row lengths of dropout's masks are rounded up to this, so that rows begin with a block.
  static let maskAlignment = 64

  package var keptScale: Double { dropout < 1 ? 1 / (1 - dropout) : 0 }
  package var threshold: Int { KeepMask.threshold(dropping: dropout) }
  /// How many inputs follow the values.
  var extraInputs: Int { (hasMask ? 1 : 0) + (dropout > 0 ? 2 : 0) }

  func sign(_ signature: inout Signature) {
    signature.append(isCausal)
    signature.append(hasMask)
    signature.append(scale)
    signature.append(dropout)
  }
}

/// The sizes of an attention: `batch` stands for all axes before the heads.
package struct AttentionSizes: Sendable, Hashable {
  package let outer: Shape
  package let batch: Int
  package let heads: Int
  package let queries: Int
  package let keys: Int
  package let size: Int
  package let valueSize: Int

  init(_ name: String, _ inputs: Operands, _ options: AttentionOptions) throws(TensorError) {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    let rank = q.shape.rank
    guard rank >= 3, rank <= 7, k.shape.rank == rank, v.shape.rank == rank,
      q.dtype.isFloatingPoint, k.dtype == q.dtype, v.dtype == q.dtype
    else {
      throw TensorError(
        "\(name): queries \(q), keys \(k) and values \(v) need one floating-point type and 3 to 7 axes"
      )
    }
    outer = Shape(q.shape.dropLast(2))
    guard Shape(k.shape.dropLast(2)) == outer, Shape(v.shape.dropLast(2)) == outer else {
      throw TensorError(
        "\(name): queries \(q.shape), keys \(k.shape) and values \(v.shape) differ in outer axes")
    }
    (queries, size) = (q.shape[rank - 2], q.shape[rank - 1])
    (keys, valueSize) = (k.shape[rank - 2], v.shape[rank - 1])
    guard k.shape[rank - 1] == size else {
      throw TensorError(
        "\(name): queries have \(size) features, keys have \(k.shape[rank - 1])")
    }
    guard v.shape[rank - 2] == keys else {
      throw TensorError("\(name): there are \(keys) keys and \(v.shape[rank - 2]) values")
    }
    heads = outer[outer.rank - 1]
    batch = outer.dropLast().reduce(1, *)
    guard options.hasMask else { return }
    let mask = inputs[inputs.count - options.extraInputs]
    let scores = Shape(Array(outer) + [queries, keys])
    guard mask.shape == scores, mask.dtype == .bool || mask.dtype == q.dtype else {
      throw TensorError("\(name): a mask is bool or \(q.dtype) \(scores), not \(mask)")
    }
  }

  /// The sizes of what a shape rule has accepted.
  package init(_ name: String, _ types: [TensorType]) {
    let (q, k, v) = (types[0].shape, types[1].shape, types[2].shape)
    outer = Shape(q.dropLast(2))
    (queries, size) = (q[q.rank - 2], q[q.rank - 1])
    (keys, valueSize) = (k[k.rank - 2], v[v.rank - 1])
    heads = outer[outer.rank - 1]
    batch = outer.dropLast().reduce(1, *)
  }

  /// Vectors `[..., rows, heads, size]`, the order in which results lie in memory.
  func joined(_ rows: Int, _ size: Int) -> Shape {
    Shape(Array(outer.dropLast()) + [rows, heads, size])
  }
  package var outputCount: Int { batch * heads * queries * valueSize }
  var rowCount: Int { batch * heads * queries }
  /// Whether queries, keys and values have one shape, as those of self-attention have.
  package var isJoint: Bool { queries == keys && size == valueSize }
  package var maskStride: Int {
    (keys + AttentionOptions.maskAlignment - 1) / AttentionOptions.maskAlignment
      * AttentionOptions.maskAlignment
  }
}

/// Scaled dot-product attention, y = dropout(softmax(q kᵀ · scale + mask)) v, over the last two axes.
///
/// The inputs are queries `[..., heads, queries, size]`, keys `[..., heads, keys, size]`, values
/// `[..., heads, keys, value size]`, the mask if there is one, `[..., heads, queries, keys]` (of `bool`,
/// whether a query sees a key; else numbers that are added), and key and step of dropout. A primitive for a
/// measured gain: the scores stay in the cache.
///
/// The result is a vector of all outputs in the order `[..., queries, heads, value size]`, so that the
/// heads of a position lie side by side, and behind them the logarithms of the sums of each row's
/// exponentials, `[..., heads, queries]`, of which the gradient makes the weights again.
/// A query that sees no key gives NaN.
///
/// - SeeAlso: Vaswani et al. 2017, equation 1; Rabe & Staats 2021; Dao et al. 2022, "FlashAttention".
public struct Attention: Primitive {
  /// What it does besides its products.
  public let options: AttentionOptions

  package init(_ options: AttentionOptions) { self.options = options }

  /// The operation's name.
  public var name: String { "attention" }

  /// A vector of outputs and logarithms of sums.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let sizes = try AttentionSizes(name, inputs, options)
    return TensorType([sizes.outputCount + sizes.rowCount], inputs[0].dtype)
  }

  /// The gradient is a primitive of its own; nobody sees the logarithms of sums, so these have none. That
  /// of an added mask is composed.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let sizes = AttentionSizes(name, inputs.map(\.type))
    let dy = Self.outputs(cotangent, sizes)
    let extra = Array(inputs.dropFirst(3))
    let packed = record(
      AttentionGradient(options), Operands(([inputs[0], inputs[1], inputs[2], output, dy] + extra)))
    var slopes: [Tensor?] = AttentionGradient.unpacked(packed, sizes)
    if options.hasMask {
      let mask = extra[0]
      slopes.append(
        mask.dtype == .bool
          ? nil : ComposedAttention(inputs, options).gradients(along: dy).scores)
    }
    if options.dropout > 0 { slopes += [nil, nil] }
    return slopes
  }

  /// The outputs `[..., heads, queries, value size]` within the vector of all results.
  static func outputs(_ packed: Tensor, _ sizes: AttentionSizes) -> Tensor {
    var outputs = packed
    // A cotangent that was only just put among zeros is taken out again.
    if let insert = packed.node.primitive as? SliceInsert, insert.starts == [0],
      packed.node.inputs[0].shape == [sizes.outputCount]
    {
      outputs = Tensor(packed.node.inputs.node(0))
    } else {
      outputs = packed.slice(axis: 0, 0..<sizes.outputCount)
    }
    return outputs.reshaped(to: sizes.joined(sizes.queries, sizes.valueSize)).transposed(-3, -2)
  }

  /// Two products for each pair of query and key, and an exponential.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    let sizes = AttentionSizes(name, (0..<3).map { inputs[$0] })
    return sizes.rowCount * sizes.keys * (2 * sizes.size + 2 * sizes.valueSize + 1)
  }

  /// Row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let sizes = AttentionSizes(name, inputs.map(\.type))
    let oracle = AttentionOracle(inputs, sizes, options)
    var result = HostArray(zeros: type)
    for head in 0..<sizes.batch * sizes.heads {
      for i in 0..<sizes.queries {
        let (weights, logSum) = oracle.weights(head, i)
        result.set(sizes.outputCount + head * sizes.queries + i, real: logSum)
        for c in 0..<sizes.valueSize {
          var total = 0.0
          for j in 0..<sizes.keys {
            total += weights[j] * oracle.factor(head, i, j) * oracle.value(head, j, c)
          }
          let (b, h) = (head / sizes.heads, head % sizes.heads)
          let place = ((b * sizes.queries + i) * sizes.heads + h) * sizes.valueSize + c
          result.set(place, real: total)
        }
      }
    }
    return result
  }

  /// The options.
  public func sign(_ signature: inout Signature) { options.sign(&signature) }
}

/// The rows of the oracles.
struct AttentionOracle {
  let inputs: [HostArray]
  let sizes: AttentionSizes
  let options: AttentionOptions
  private var keep: HostArray?

  init(_ inputs: [HostArray], _ sizes: AttentionSizes, _ options: AttentionOptions) {
    (self.inputs, self.sizes, self.options) = (inputs, sizes, options)
    guard options.dropout > 0 else { return }
    let mask = KeepMask(
      shape: [sizes.rowCount * sizes.maskStride], threshold: options.threshold)
    keep = mask.reference(Array(inputs.suffix(2)), TensorType(mask.shape, .bool))
  }

  func query(_ head: Int, _ i: Int, _ c: Int) -> Double {
    inputs[0].real((head * sizes.queries + i) * sizes.size + c)
  }
  func key(_ head: Int, _ j: Int, _ c: Int) -> Double {
    inputs[1].real((head * sizes.keys + j) * sizes.size + c)
  }
  func value(_ head: Int, _ j: Int, _ c: Int) -> Double {
    inputs[2].real((head * sizes.keys + j) * sizes.valueSize + c)
  }

  /// What dropout multiplies a weight with.
  func factor(_ head: Int, _ i: Int, _ j: Int) -> Double {
    guard let keep else { return 1 }
    let isKept = keep.integer((head * sizes.queries + i) * sizes.maskStride + j) != 0
    return isKept ? options.keptScale : 0
  }

  /// The weights of a query before dropout, and the logarithm of the sum of its exponentials.
  func weights(_ head: Int, _ i: Int) -> (weights: [Double], logSum: Double) {
    let scores = (0..<sizes.keys).map { j -> Double in
      if options.isCausal, j > i { return -.infinity }
      var total = 0.0
      for c in 0..<sizes.size { total += query(head, i, c) * key(head, j, c) }
      total *= options.scale
      guard options.hasMask else { return total }
      let mask = inputs[inputs.count - options.extraInputs]
      let position = (head * sizes.queries + i) * sizes.keys + j
      if mask.type.dtype == .bool { return mask.integer(position) != 0 ? total : -.infinity }
      return total + mask.real(position)
    }
    let largest = scores.max() ?? 0
    let exponentials = scores.map { Glibc.exp($0 - largest) }
    let total = exponentials.reduce(0, +)
    return (exponentials.map { $0 / total }, largest + Glibc.log(total))
  }
}
