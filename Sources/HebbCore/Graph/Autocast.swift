/// Records what `body` does in mixed precision, chosen operation by operation as PyTorch's
/// `torch.autocast("cpu", dtype=torch.bfloat16)` chooses:
///
/// - Products, convolutions, attention and recurrent sequences take `float32` operands rounded to
///   `dtype` and give results of that type; they still add up in `float32`.
/// - Sums, means, exponentials, logarithms, powers, softmax, normalizations, losses, factorizations and
///   Fourier transforms compute in `float32`.
/// - Everything else keeps the type of its inputs; where two differ, the narrower becomes the wider.
///
/// Parameters stay `float32`: a product reads a rounded copy, and the gradient of the rounding brings the
/// slope back to `float32`. Optimizers see nothing of it. `docs/precision.md` has the lists.
///
/// ```swift
/// let loss = withAutocast(.bfloat16) { softmaxCrossEntropy(logits: model(x), labels: y) }
/// optimizer.step(along: gradients(of: loss, for: model))
/// ```
///
/// - Parameters:
///   - dtype: `bfloat16`; nil records as outside of any such scope. `float64` tensors are left alone.
///   - body: What is recorded. Gradients taken inside follow the types of what they are gradients of.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
public func withAutocast<R, Failure: Error>(
  _ dtype: DType?, _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  guard dtype == nil || dtype == .bfloat16 else {
    trap(
      TensorError(
        "withAutocast: expects bfloat16, whose range is that of float32, or nil, not "
          + "\(dtype.map { "\($0)" } ?? "")"))
  }
  Scope.open.add(1, ordering: .relaxed)
  defer { Scope.open.subtract(1, ordering: .relaxed) }
  let result = Scope.$autocast.withValue(dtype) { () -> Result<R, Failure> in
    do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
  }
  return try result.get()
}

/// The choices of `withAutocast`.
package enum Autocast {
  /// The type of products recorded here; nil outside of `withAutocast`.
  package static var dtype: DType? { Scope.isDefault ? nil : Scope.autocast }

  /// What an operation takes instead of its operands; nil where it takes them as they are.
  static func operands(
    _ inputs: Operands, of primitive: some Primitive, _ dtype: DType
  ) -> Operands? {
    var widest: DType?
    var isMixed = false
    inputs.forEach { node in
      let type = node.type.dtype
      guard type.isFloatingPoint else { return }
      isMixed = isMixed || (widest.map { $0 != type } ?? false)
      widest = widest.map { wider($0, type) } ?? type
    }
    guard let widest else { return nil }
    let wanted: DType
    switch use(of: primitive) {
    case .narrow: wanted = widest == .float32 ? dtype : widest
    case .single: wanted = widest.isNarrow ? .float32 : widest
    case .common: wanted = widest
    case .own: return nil
    }
    guard isMixed || wanted != widest else { return nil }
    var nodes: [Node] = []
    inputs.forEach { node in
      nodes.append(
        node.type.dtype.isFloatingPoint ? converted(Tensor(node), to: wanted).node : node)
    }
    return Operands(nodes)
  }

  /// Whether a function of operands of one type gets them as they are.
  @inline(__always)
  static func leavesAlone(_ function: Elementwise.Function, _ operand: Node) -> Bool {
    !operand.type.dtype.isNarrow || dtype == nil || use(of: function.opcode) == .common
  }

  /// The row of the table that an operation is; nil for all others.
  static func function(of primitive: some Primitive) -> Elementwise.Function? {
    (primitive as? Elementwise)?.function
  }

  private enum Use {
    /// Operands are rounded.
    case narrow
    /// Operands are widened.
    case single
    /// Operands get one type.
    case common
    /// Operands may differ.
    case own
  }

  private static func use(of primitive: some Primitive) -> Use {
    switch primitive {
    case let elementwise as Elementwise: return use(of: elementwise.function.opcode)
    case is MatMul, is Convolution, is ConvolutionInputGradient, is ConvolutionWeightGradient,
      is LSTMSequence, is GRUSequence:
      return .narrow
    case let reduction as Reduce:
      return reduction.kind == .sum || reduction.kind == .product ? .single : .common
    case is Softmax, is LogSumExp, is LayerNormalization, is LayerNormalizationGradient,
      is Scan, is LinearRecurrence, is FourierTransform, is CholeskyFactor,
      is LUFactors, is QRFactors, is SymmetricEigen, is GeneralEigen, is SingularValues,
      is LinearSolve, is TriangularSolve:
      return .single
    case is CustomGradient, is Await: return .own
    default: return .common
    }
  }

  private static func use(of opcode: Elementwise.Opcode) -> Use {
    switch opcode {
    case .exp, .expMinusOne, .expTwo, .log, .logOnePlus, .logTwo, .logTen, .power, .square,
      .reciprocal, .reciprocalSquareRoot, .softplus, .erfInverse, .arcSine, .arcCosine,
      .hyperbolicSine, .hyperbolicCosine, .tangent:
      return .single
    default: return .common
    }
  }

  private static func wider(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    return a == .float64 || b == .float64 ? .float64 : .float32
  }

  /// The tensor in another type. What shows another one in a new arrangement shows the converted one: a
  /// weight is rounded once, however it is turned, and parts of a value are converted together.
  static func converted(_ x: Tensor, to dtype: DType) -> Tensor {
    converted([x], to: dtype)[0]
  }

  /// Tensors in another type. What they have in common stays so: the gradients of parts meet in the whole.
  static func converted(_ tensors: [Tensor], to dtype: DType) -> [Tensor] {
    var known: [ObjectIdentifier: Tensor] = [:]
    return tensors.map { converted($0, to: dtype, &known) }
  }

  private static func converted(
    _ x: Tensor, to dtype: DType, _ known: inout [ObjectIdentifier: Tensor]
  ) -> Tensor {
    if x.dtype == dtype { return x }
    let key = ObjectIdentifier(x.node)
    let result = known[key] ?? made(x, in: dtype, &known)
    known[key] = result
    return result
  }

  private static func made(
    _ x: Tensor, in dtype: DType, _ known: inout [ObjectIdentifier: Tensor]
  ) -> Tensor {
    let node = x.node
    guard let view = node.primitive, view.isView || view is SliceInsert, node.inputs.count == 1,
      !node.isSource
    else { return x.cast(to: dtype) }
    let base = Tensor(node.inputs.node(0))
    // Queries, keys and values are thirds of one projection; less is not worth converting the rest.
    guard base.count <= 3 * x.count || base.node.isSource else { return x.cast(to: dtype) }
    return shown(converted(base, to: dtype, &known), by: view)
  }

  private static func shown(_ x: Tensor, by view: some Primitive) -> Tensor {
    record(view, Operands(x.node))
  }

  /// An operand of a product: rounded within `withAutocast`.
  static func factor(_ x: Tensor) -> Tensor {
    guard let dtype, x.dtype == .float32 else { return x }
    return converted(x, to: dtype)
  }
}

/// Computes a function of a tensor of 16-bit numbers in `float32` and rounds its result once, to the type
/// of the tensor; all others as they are.
package func inSinglePrecision(_ x: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
  x.dtype.isNarrow ? body(x.cast(to: .float32)).cast(to: x.dtype) : body(x)
}

extension Tensor {
  /// What a loss or a statistic takes within `withAutocast`: `float32` instead of 16-bit numbers.
  package var inAutocastPrecision: Tensor {
    Autocast.dtype != nil && dtype.isNarrow ? cast(to: .float32) : self
  }
}

extension DType {
  /// Whether it is a 16-bit floating-point type.
  package var isNarrow: Bool { self == .bfloat16 || self == .float16 }
}
