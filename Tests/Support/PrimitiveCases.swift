import HebbCore

/// One way to use a primitive: tests of gradients and backends walk the list of all of them, so a new
/// primitive adds its rows here.
public struct PrimitiveCase: Sendable, CustomStringConvertible {
  /// The primitive's name.
  public let name: String
  /// Shapes of the floating-point inputs.
  public let shapes: [Shape]
  /// Moves the normal numbers of the inputs to where the function is defined and smooth.
  public let prepare: @Sendable (Tensor) -> Tensor
  /// Whether there is a gradient to check.
  public let isDifferentiable: Bool
  /// The function; whatever is not smooth in it (indices) it makes itself.
  public let function: @Sendable ([Tensor]) -> Tensor

  /// Name and shapes.
  public var description: String { "\(name) \(shapes)" }

  init(
    _ name: String, _ shapes: [Shape], differentiable: Bool = true,
    prepare: @escaping @Sendable (Tensor) -> Tensor = { $0 },
    _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.name = name
    self.shapes = shapes
    self.prepare = prepare
    isDifferentiable = differentiable
    self.function = function
  }

  /// The inputs of a seed.
  public func inputs(_ dtype: DType, seed: UInt64) -> [Tensor] {
    shapes.enumerated().map { position, shape in
      let sample = Tensor.sample(shape, seed &* 31 &+ UInt64(position), dtype: .float64)
      return prepare(sample).cast(to: dtype).evaluated()
    }
  }

  /// Every primitive, in several shapes.
  public static let all: [PrimitiveCase] =
    unary + binary + movement + reductions + products + images + positions + composed
    + arithmetic + selection + spatial + linearAlgebra + attention + recurrent

  static let positive: @Sendable (Tensor) -> Tensor = { abs($0) + 0.3 }
  /// Away from the kink at 0.
  static let offKink: @Sendable (Tensor) -> Tensor = { $0 + 0.2 * sign($0) }

  private static let unary: [PrimitiveCase] = [
    .init("negate", [[3, 4]]) { -$0[0] },
    .init("absolute", [[7]], prepare: offKink) { abs($0[0]) },
    .init("square", [[2, 3]]) { square($0[0]) },
    .init("reciprocal", [[5]], prepare: positive) { reciprocal($0[0]) },
    .init("sqrt", [[5]], prepare: positive) { sqrt($0[0]) },
    .init("rsqrt", [[5]], prepare: positive) { rsqrt($0[0]) },
    .init("exp", [[2, 3, 4]]) { exp($0[0]) },
    .init("expMinusOne", [[5]]) { expMinusOne($0[0]) },
    .init("log", [[5]], prepare: positive) { log($0[0]) },
    .init("logOnePlus", [[5]], prepare: positive) { logOnePlus($0[0]) },
    .init("sin", [[5]]) { sin($0[0]) },
    .init("cos", [[5]]) { cos($0[0]) },
    .init("tan", [[5]], prepare: { $0 * 0.3 }) { tan($0[0]) },
    .init("tanh", [[5, 17]]) { tanh($0[0]) },
    .init("sigmoid", [[5, 17]]) { sigmoid($0[0]) },
    .init("erf", [[9]]) { erf($0[0]) },
    .init("gelu", [[9]]) { gelu($0[0]) },
    .init("silu", [[9]]) { silu($0[0]) },
    .init("relu", [[9]], prepare: offKink) { relu($0[0]) },
    .init("softplus", [[9]]) { softplus($0[0]) },
    .init("sign", [[9]], differentiable: false) { sign($0[0]) },
    .init("step", [[9]], differentiable: false) { step($0[0]) },
    .init("floor", [[9]], differentiable: false) { floor($0[0] * 3) },
    .init("ceiling", [[9]], differentiable: false) { ceiling($0[0] * 3) },
    .init("round", [[9]], differentiable: false) { round($0[0] * 3) },
    .init("truncate", [[9]], differentiable: false) { truncate($0[0] * 3) },
    .init("isNaN", [[9]], differentiable: false) { isNaN(log($0[0])) },
    .init("isFinite", [[9]], differentiable: false) { isFinite($0[0] / 0.0) },
    .init("cast", [[4, 5]], differentiable: false) { ($0[0] * 10).cast(to: .int64) },
    .init("cast uint8", [[4, 5]], differentiable: false) { (abs($0[0]) * 99).cast(to: .uint8) },
    .init("cast back", [[4, 5]]) { $0[0].cast(to: .float64).cast(to: $0[0].dtype) },
    .init("stopGradient", [[4]], differentiable: false) { stopGradient($0[0]) },
  ]

  private static let binary: [PrimitiveCase] = [
    .init("add", [[3, 4], [4]]) { $0[0] + $0[1] },
    .init("add", [[3, 1], [1, 5]]) { $0[0] + $0[1] },
    .init("subtract", [[2, 3, 4], [3, 1]]) { $0[0] - $0[1] },
    .init("multiply", [[3, 4], []]) { $0[0] * $0[1] },
    .init("multiply", [[6, 1, 5], [4, 1]]) { $0[0] * $0[1] },
    .init("divide", [[3, 4], [3, 4]], prepare: positive) { $0[0] / $0[1] },
    .init("power", [[6], [6]], prepare: positive) { power($0[0], $0[1]) },
    .init("remainder", [[6], [6]], prepare: positive) { remainder($0[0] * 3, $0[1]) },
    .init("maximum", [[3, 4], [4]]) { maximum($0[0], $0[1]) },
    .init("minimum", [[3, 4], [3, 1]]) { minimum($0[0], $0[1]) },
    .init("select", [[3, 4], [3, 4]]) { select($0[0] .> 0, $0[0] * 2, $0[1]) },
    .init("equal", [[4, 5], [5]], differentiable: false) { round($0[0]) .== round($0[1]) },
    .init("notEqual", [[4, 5], [5]], differentiable: false) { round($0[0]) .!= round($0[1]) },
    .init("less", [[4, 5], [5]], differentiable: false) { $0[0] .< $0[1] },
    .init("lessEqual", [[4, 5], [5]], differentiable: false) { round($0[0]) .<= round($0[1]) },
    .init("greater", [[4, 5], [5]], differentiable: false) { $0[0] .> $0[1] },
    .init("greaterEqual", [[4, 5], [5]], differentiable: false) {
      round($0[0]) .>= round($0[1])
    },
    .init("logic", [[4, 5], [5]], differentiable: false) {
      let (a, b) = ($0[0] .> 0, $0[1] .> 0)
      return ((a .& b) .| (.!a)) .^ b
    },
    .init("integers", [[4, 5], [5]], differentiable: false) {
      let (a, b) = (($0[0] * 9).cast(to: .int32), ($0[1] * 9).cast(to: .int32))
      return remainder(a * b - 3, b) + maximum(a / b, -a)
    },
  ]

  private static let movement: [PrimitiveCase] = [
    .init("reshape", [[3, 4]]) { $0[0].reshaped(to: [2, -1]) * 2 },
    .init("permute", [[2, 3, 4]]) { $0[0].permuted([2, 0, 1]) },
    .init("reshape of permute", [[2, 3, 4]]) { exp($0[0].permuted([2, 0, 1]).flattened()) },
    .init("broadcast", [[3, 1]]) { $0[0].broadcast(to: [2, 3, 4]) },
    .init("slice", [[5, 6]]) { $0[0].slice(axis: 1, 2..<5) * 3 },
    .init("flip", [[5, 6]]) { $0[0].flipped(axis: 0) },
    .init("subscript", [[5, 6]]) { $0[0][3] + $0[0][-1] },
    .init("pad", [[2, 3]]) { $0[0].padded(before: [1, 0], after: [0, 2]) },
    .init("concatenate", [[2, 3], [4, 3]]) { concatenate([$0[0], $0[1]]) },
    .init("concatenate", [[2, 3], [2, 5]]) { concatenate([$0[0], $0[1]], axis: 1) },
    .init("stack", [[2, 3], [2, 3]]) { stack([$0[0], $0[1]], axis: 1) },
    .init("iota", [[4]]) { $0[0] + Tensor.range(4, dtype: $0[0].dtype) },
    .init("oneHot", [[4, 3]], differentiable: false) { $0[0].argMax().oneHot(3) },
  ]

  private static let reductions: [PrimitiveCase] = [
    .init("sum", [[3, 4]]) { $0[0].sum() },
    .init("sum", [[3, 4, 5]]) { square($0[0]).sum(axes: [1]) },
    .init("sum", [[3, 4, 5]]) { $0[0].sum(axes: [0, -1], keepingDimensions: true) },
    .init("sum", [[2, 3, 4, 5]]) { exp($0[0]).sum(axes: [0, 2, 3]) },
    .init("sum of nothing", [[0, 3]], differentiable: false) { $0[0].sum(axes: [0]) },
    .init("mean", [[3, 4]]) { $0[0].mean(axes: [0]) },
    .init("variance", [[6, 4]]) { $0[0].variance(axes: [0]) },
    .init("product", [[3, 4]], prepare: positive) { $0[0].product(axes: [1]) },
    .init("max", [[3, 9]]) { $0[0].max(axes: [1]) },
    .init("min", [[3, 9]]) { $0[0].min(axes: [0]) },
    .init("max of integers", [[3, 9]], differentiable: false) {
      ($0[0] * 100).cast(to: .int64).max(axes: [1])
    },
    .init("argMax", [[3, 9, 2]], differentiable: false) { $0[0].argMax(axis: 1) },
    .init("argMin", [[3, 9]], differentiable: false) { $0[0].argMin() },
    .init("softmax", [[3, 7]]) { softmax($0[0]) },
    .init("softmax", [[3, 4, 2]]) { softmax($0[0], axis: 1) },
    .init("logSoftmax", [[4, 10]]) { logSoftmax($0[0] * 5) },
    .init("logSumExp", [[4, 10]]) { logSumExp($0[0] * 5, axes: [1]) },
    .init("logSumExp", [[4, 3, 5]]) { logSumExp($0[0] * 5, axes: [-1], keepingDimensions: true) },
    .init("logSumExp", [[4, 10]]) { logSumExp($0[0] * 5, axes: [0]) },
    .init("layerNormalization", [[4, 12], [12], [12]]) {
      layerNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 0.1)
    },
    .init("layerNormalization", [[2, 3, 17], [17], [17]]) {
      layerNormalization($0[0], scale: $0[1], shift: $0[2])
    },
    .init("sum and map", [[12, 40]]) {
      let y = sigmoid($0[0])
      return y * y.sum(axes: [1], keepingDimensions: true) + y.sum(axes: [0])
    },
  ]

  private static let products: [PrimitiveCase] = [
    .init("matmul", [[3, 4], [4, 5]]) { matmul($0[0], $0[1]) },
    .init("matmul transposed", [[4, 3], [5, 4]]) {
      matmul($0[0].transposed(), $0[1].transposed())
    },
    .init("matmul batched", [[2, 3, 4], [2, 4, 5]]) { matmul($0[0], $0[1]) },
    .init("matmul shared", [[2, 3, 4], [4, 5]]) { matmul($0[0], $0[1]) },
    .init("matmul broadcast", [[2, 1, 3, 4], [3, 4, 2]]) { matmul($0[0], $0[1]) },
    .init("matmul vector", [[3, 4], [4]]) { matmul($0[0], $0[1]) },
    .init("matmul one", [[1, 1], [1, 1]]) { matmul($0[0], $0[1]) },
    .init("matmul row", [[1, 6], [6, 1]]) { matmul($0[0], $0[1]) },
    .init("matmul sliced", [[3, 8], [4, 5]]) { matmul($0[0].slice(axis: 1, 2..<6), $0[1]) },
    .init("affine", [[6, 4], [3, 4], [3]]) { affine($0[0], $0[1], $0[2]) },
    .init("affine relu", [[2, 6, 4], [3, 4], [3]], prepare: { $0 + 0.01 }) {
      relu(affine($0[0], $0[1], $0[2]))
    },
    .init("affine sigmoid", [[6, 4], [3, 4], [3]]) { sigmoid(affine($0[0], $0[1], $0[2])) },
    .init("affine tanh", [[6, 4], [3, 4], [3]]) { tanh(affine($0[0], $0[1], $0[2])) },
  ]

  private static let images: [PrimitiveCase] = [
    .init("convolution", [[2, 3, 6, 5], [4, 3, 3, 3], [4]]) {
      convolution($0[0], $0[1], $0[2], ConvolutionGeometry(padding: [1, 1]))
    },
    .init("convolution stride", [[2, 3, 7, 8], [4, 3, 3, 2]]) {
      convolution($0[0], $0[1], nil, ConvolutionGeometry(stride: [2, 3], padding: [1, 0]))
    },
    .init("convolution dilation", [[1, 2, 9, 9], [2, 2, 3, 3]]) {
      convolution($0[0], $0[1], nil, ConvolutionGeometry(padding: [2, 1], dilation: [2, 3]))
    },
    .init("convolution groups", [[2, 4, 5, 5], [6, 2, 3, 3]]) {
      convolution($0[0], $0[1], nil, ConvolutionGeometry(padding: [1, 1], groups: 2))
    },
    .init("convolution 1x1", [[2, 3, 4, 4], [5, 3, 1, 1], [5]]) {
      sigmoid(convolution($0[0], $0[1], $0[2]))
    },
    .init("convolution large", [[2, 20, 6, 6], [17, 20, 3, 3], [17]]) {
      relu(convolution($0[0], $0[1], $0[2], ConvolutionGeometry(padding: [1, 1])) + 0.003)
    },
    .init("convolution chain", [[2, 2, 6, 6], [3, 2, 3, 3], [4, 3, 3, 3], [3]]) {
      let same = ConvolutionGeometry(padding: [1, 1])
      let y = tanh(convolution($0[0], $0[1], $0[3], same))
      return convolution(averagePool(y, PoolGeometry(kernel: [2, 2])), $0[2], nil, same)
    },
    .init("convolutionInputGradient", [[2, 4, 3, 3], [4, 3, 3, 3]]) { inputs in
      // The gradient of a convolution at zero, linear in both.
      let x = Tensor.zeros([2, 3, 5, 5], dtype: inputs[0].dtype)
      return gradients(
        of: convolution(x, inputs[1]), for: [x], cotangent: inputs[0])[0]
    },
    .init("convolutionWeightGradient", [[2, 3, 5, 5], [2, 4, 3, 3]]) { inputs in
      let w = Tensor.zeros([4, 3, 3, 3], dtype: inputs[0].dtype)
      return gradients(
        of: convolution(inputs[0], w), for: [w], cotangent: inputs[1])[0]
    },
    .init("averagePool", [[2, 3, 6, 6]]) { averagePool($0[0], PoolGeometry(kernel: [2, 2])) },
    .init("averagePool padded", [[2, 3, 7, 6]]) {
      averagePool($0[0], PoolGeometry(kernel: [3, 3], stride: [2, 1], padding: [1, 1]))
    },
    .init("maxPool", [[2, 3, 7, 6]]) {
      maxPool($0[0], PoolGeometry(kernel: [3, 3], stride: [2, 2], padding: [1, 1]))
    },
    .init("maxPool of convolution", [[2, 2, 6, 6], [3, 2, 3, 3]]) {
      maxPool(convolution($0[0], $0[1]), PoolGeometry(kernel: [2, 2]))
    },
  ]

  private static let positions: [PrimitiveCase] = [
    .init("gather", [[5, 3]]) { $0[0].gathering(.sampleIndices([4], below: 5, 3)) },
    .init("gather", [[2, 5, 3]]) { $0[0].gathering(.sampleIndices([2, 4], below: 5, 3), axis: 1) },
    .init("takeAlong", [[4, 6]]) {
      $0[0].takingAlong(.sampleIndices([4, 2], below: 6, 5), axis: 1)
    },
    .init("takeAlong", [[4, 6]]) {
      $0[0].takingAlong(.sampleIndices([3, 6], below: 4, 5), axis: 0)
    },
    .init("takeAlong one", [[4, 6]]) {
      $0[0].takingAlong(.sampleIndices([4, 1], below: 6, 5), axis: 1)
    },
    .init("takeAlong one", [[4, 6, 2]]) {
      $0[0].takingAlong(.sampleIndices([1, 6, 2], below: 4, 5), axis: 0)
    },
  ]

  private static let composed: [PrimitiveCase] = [
    .init("batch normalization", [[4, 3, 5, 5], [3, 1, 1], [3, 1, 1]]) {
      let mean = $0[0].mean(axes: [0, 2, 3], keepingDimensions: true)
      let variance = $0[0].variance(
        axes: [0, 2, 3], keepingDimensions: true, correction: 0)
      return ($0[0] - mean) * rsqrt(variance + 1e-5) * $0[1] + $0[2]
    },
    .init("layer normalization", [[4, 12], [12], [12]]) {
      let mean = $0[0].mean(axes: [-1], keepingDimensions: true)
      let variance = $0[0].variance(axes: [-1], keepingDimensions: true, correction: 0)
      return ($0[0] - mean) * rsqrt(variance + 1e-5) * $0[1] + $0[2]
    },
    .init("attention", [[2, 3, 5, 4], [2, 3, 6, 4], [2, 3, 6, 4]]) {
      let scores = matmul($0[0], $0[1].transposed()) * 0.5
      return matmul(softmax(scores), $0[2])
    },
    .init("LSTM cell", [[3, 4], [3, 5], [3, 5], [20, 4], [20, 5], [20]]) {
      let gates = affine($0[0], $0[3], $0[5]) + affine($0[1], $0[4], nil)
      let parts = gates.split(4, axis: 1)
      let cell = sigmoid(parts[1]) * $0[2] + sigmoid(parts[0]) * tanh(parts[2])
      return sigmoid(parts[3]) * tanh(cell)
    },
    .init("cross-entropy", [[6, 10]]) {
      let labels = Tensor.sampleIndices([6, 1], below: 10, 9)
      return -logSoftmax($0[0]).takingAlong(labels, axis: 1).mean()
    },
  ]
}
