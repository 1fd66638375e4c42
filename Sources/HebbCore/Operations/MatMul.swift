/// The matrix product over the last two axes, C[..., m, n] = A[..., m, k] B[..., k, n].
///
/// Outer axes broadcast by NumPy's rule.
public struct MatMul: Primitive {
  /// How accurately it is computed, also in its derivatives.
  package let precision: MatrixPrecision

  package init(_ precision: MatrixPrecision = .current) { self.precision = precision }

  /// The operation's name.
  public var name: String { "matmul" }

  /// The shape of the product; inner sizes must agree.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a.dtype == b.dtype, a.dtype.isFloatingPoint else {
      throw TensorError(
        "matmul: needs two tensors of one floating-point type, not \(a) and \(b); "
          + "cast one, as in x.cast(to: .float32)")
    }
    guard a.shape.rank >= 2, b.shape.rank >= 2 else {
      throw TensorError("matmul: needs at least two axes, not \(a.shape) and \(b.shape)")
    }
    let (m, k) = (a.shape[a.shape.rank - 2], a.shape[a.shape.rank - 1])
    let (k2, n) = (b.shape[b.shape.rank - 2], b.shape[b.shape.rank - 1])
    guard k == k2 else {
      throw TensorError(
        "matmul: \(a.shape) times \(b.shape): the left has \(k) columns, the right \(k2) rows")
    }
    var result: Shape
    do {
      result = try Shape.broadcast(Shape(a.shape.dropLast(2)), Shape(b.shape.dropLast(2)))
    } catch {
      throw TensorError("matmul: outer axes: \(error.description)")
    }
    result.append(m)
    result.append(n)
    return TensorType(result, a.dtype)
  }

  /// dA = dC Bᵀ, dB = Aᵀ dC.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (a, b) = (inputs[0], inputs[1])
    let slope = matmul(cotangent, b.transposed(), precision: precision)
    // The gradient of a weight that is multiplied transposed, as it lies in memory: (dCᵀ A)ᵀ.
    if a.rank == 2, b.rank == 2, let turn = b.node.primitive as? Permute, turn.order == [1, 0] {
      let turned = matmul(cotangent.transposed(), a, precision: precision)
      return [slope, turned.transposed()]
    }
    return [slope, matmul(a.transposed(), cotangent, precision: precision)]
  }

  /// The precision is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(precision.rawValue) }

  /// Three loops.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let outer = Array(type.shape.dropLast(2))
    let (m, n) = (type.shape[type.shape.rank - 2], type.shape[type.shape.rank - 1])
    let k = inputs[0].type.shape[inputs[0].type.shape.rank - 1]
    let a = inputs[0].broadcast(to: Shape(outer + [m, k]))
    let b = inputs[1].broadcast(to: Shape(outer + [k, n]))
    var result = HostArray(zeros: type)
    for batch in 0..<outer.reduce(1, *) {
      for i in 0..<m {
        for j in 0..<n {
          var total = 0.0
          for p in 0..<k {
            total += a.real((batch * m + i) * k + p) * b.real((batch * k + p) * n + j)
          }
          result.set((batch * m + i) * n + j, real: total)
        }
      }
    }
    return result
  }
}

/// The matrix product over the last two axes; outer axes broadcast.
///
/// - Parameters:
///   - a: `[..., m, k]`, or a vector `[k]`.
///   - b: `[..., k, n]`, or a vector `[k]`.
/// - Returns: `[..., m, n]`, without the axes that vectors lack; a `float16` product is computed in
///   `float32` and rounded once.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { matmul(a, b, precision: .current) }

/// The matrix product with a precision of its own; see `matmul(_:_:)`.
///
/// - Parameters:
///   - a: `[..., m, k]`, or a vector `[k]`.
///   - b: `[..., k, n]`, or a vector `[k]`.
///   - precision: How accurately `float32` products are computed on matrix tiles.
/// - Returns: `[..., m, n]`, without the axes that vectors lack.
public func matmul(_ a: Tensor, _ b: Tensor, precision: MatrixPrecision) -> Tensor {
  let (a, b) = (Autocast.factor(a), Autocast.factor(b))
  if a.dtype == .float16, b.dtype == .float16 {
    let (wideA, wideB) = (a.cast(to: .float32), b.cast(to: .float32))
    return matmul(wideA, wideB, precision: precision).cast(to: .float16)
  }
  if a.rank == 1 {
    let row = matmul(a.expandingShape(at: 0), b, precision: precision)
    return row.squeezingShape(at: b.rank == 1 ? 0 : -2)
  }
  if b.rank == 1 {
    return matmul(a, b.expandingShape(at: 1), precision: precision).squeezingShape(at: -1)
  }
  // A shared right factor makes one large product of many small ones.
  if a.rank > 2, b.rank == 2 {
    let rows = a.reshaped(to: [-1, a.shape[a.rank - 1]])
    var shape = Array(a.shape)
    shape[a.rank - 1] = b.shape[1]
    return record(MatMul(precision), rows, b).reshaped(to: Shape(shape))
  }
  return record(MatMul(precision), a, b)
}

/// x Wᵀ + b, the map of a fully connected layer.
///
/// - Parameters:
///   - x: `[..., inputs]`.
///   - weight: `[outputs, inputs]`.
///   - bias: `[outputs]`, or nil.
/// - Returns: `[..., outputs]`.
public func affine(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
  guard weight.rank == 2, x.rank >= 1, x.shape[x.rank - 1] == weight.shape[1] else {
    trap(
      TensorError(
        "affine: the input \(x.shape) ends with \(x.shape.last ?? 0) features, the weight "
          + "\(weight.shape) expects \(weight.shape.last ?? 0)\(affineAdvice(x, weight))"))
  }
  if x.rank != 2 {
    // One large product; the bias is added before the axes are put back.
    let rows = affine(x.reshaped(to: [-1, weight.shape[1]]), weight, bias)
    return rows.reshaped(to: Shape(Array(x.shape.dropLast()) + [weight.shape[0]]))
  }
  let product = matmul(x, Autocast.factor(weight).transposed())
  guard let bias else { return product }
  return product + Autocast.factor(bias)
}

/// What may help where the features of an input are not those that a weight expects.
private func affineAdvice(_ x: Tensor, _ weight: Tensor) -> String {
  guard weight.rank == 2, let found = x.shape.last else { return "" }
  let expected = weight.shape[1]
  if x.rank > 2, x.shape.dropFirst().reduce(1, *) == expected {
    return "; flatten all axes but the first, as Flatten() does: that gives \(expected)"
  }
  if let axis = x.shape.dropLast().lastIndex(of: expected) {
    return "; axis \(axis) has \(expected): make it the last one with permuted or transposed"
  }
  let remedy = "change what comes before, or expect \(found) inputs"
  guard x.node.primitive is Reshape, !x.node.inputs.isEmpty else { return "; \(remedy)" }
  return "; flattening \(x.node.inputs[0].shape) gave \(found): \(remedy)"
}
