/// The mean over each window of a plane; zeros of the padding count, as in PyTorch, unless the geometry
/// says otherwise.
public struct AveragePool: Primitive {
  /// The window.
  public let geometry: PoolGeometry

  package init(geometry: PoolGeometry) {
    self.geometry = geometry
  }

  /// The operation's name.
  public var name: String { "averagePool" }

  /// The pooled shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    TensorType(try geometry.outputShape(name, inputs[0]), inputs[0].dtype)
  }

  /// Spreads the cotangent over each window.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(AveragePoolGradient(geometry: geometry, shape: inputs[0].shape), cotangent)]
  }

  /// One window after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: type.shape.elementCount)
    let counts = geometry.counts(x: inputs[0].type.shape, y: type.shape)
    geometry.forEachTap(x: inputs[0].type.shape, y: type.shape) { y, x, _ in
      sums[y] += inputs[0].real(x) / counts[y]
    }
    return HostArray(sums, type)
  }

  /// The window is the only attribute.
  public func sign(_ signature: inout Signature) { geometry.sign(&signature) }
}

/// The gradient of `AveragePool` with respect to its input; linear in the cotangent.
public struct AveragePoolGradient: Primitive {
  /// The window.
  public let geometry: PoolGeometry
  /// The shape of the input of the pooling.
  public let shape: Shape

  package init(geometry: PoolGeometry, shape: Shape) {
    self.geometry = geometry
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "averagePoolGradient" }

  /// The shape of the input.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let pooled = try geometry.outputShape(name, TensorType(shape, inputs[0].dtype))
    guard pooled == inputs[0].shape else {
      throw TensorError("averagePoolGradient: \(inputs[0]) is not the pooled shape \(pooled)")
    }
    return TensorType(shape, inputs[0].dtype)
  }

  /// The pooled cotangent.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(AveragePool(geometry: geometry), cotangent)]
  }

  /// One window after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: shape.elementCount)
    let counts = geometry.counts(x: shape, y: inputs[0].type.shape)
    geometry.forEachTap(x: shape, y: inputs[0].type.shape) { y, x, _ in
      sums[x] += inputs[0].real(y) / counts[y]
    }
    return HostArray(sums, type)
  }

  /// Window and shape.
  public func sign(_ signature: inout Signature) {
    geometry.sign(&signature)
    signature.append(shape)
  }
}

/// Where the maximum of each window lies: row · width + column in its plane, `int32`; the first of
/// equals in row order.
public struct MaxPoolIndices: Primitive {
  /// The window.
  public let geometry: PoolGeometry

  package init(geometry: PoolGeometry) {
    self.geometry = geometry
  }

  /// The operation's name.
  public var name: String { "maxPoolIndices" }

  /// The pooled shape, `int32`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    TensorType(try geometry.outputShape(name, inputs[0]), .int32)
  }

  /// An index does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// One window after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var best = Array(repeating: -Double.infinity, count: type.shape.elementCount)
    var result = HostArray(zeros: type)
    var found = Array(repeating: false, count: best.count)
    geometry.forEachTap(x: inputs[0].type.shape, y: type.shape) { y, x, inPlane in
      let value = inputs[0].real(x)
      if !found[y] || value > best[y] || (value.isNaN && !best[y].isNaN) {
        (found[y], best[y]) = (true, value)
        result.set(y, integer: Int64(inPlane))
      }
    }
    return result
  }

  /// The window is the only attribute.
  public func sign(_ signature: inout Signature) { geometry.sign(&signature) }
}

/// The elements of each plane at given positions: y[n, c, i] = x[n, c, indices[n, c, i]].
public struct PoolGather: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "poolGather" }

  /// The shape of the indices.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, indices) = (inputs[0], inputs[1])
    guard x.shape.rank == 4, indices.shape.rank == 4, indices.dtype == .int32,
      x.shape[0] == indices.shape[0], x.shape[1] == indices.shape[1]
    else { throw TensorError("poolGather: indices \(indices) do not fit to \(x)") }
    return TensorType(indices.shape, x.dtype)
  }

  /// Adds the cotangent at the positions.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(PoolScatter(shape: inputs[0].shape), cotangent, inputs[1]), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    let plane = inputs[0].type.shape[2] * inputs[0].type.shape[3]
    let window = type.shape[2] * type.shape[3]
    for i in 0..<result.count {
      result.set(i, from: inputs[0], i / window * plane + Int(inputs[1].integer(i)))
    }
    return result
  }
}

/// Sums of elements at given positions of each plane: the transpose of `PoolGather`.
public struct PoolScatter: Primitive {
  /// The shape of the result.
  public let shape: Shape

  package init(shape: Shape) {
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "poolScatter" }

  /// The given shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs[0].shape == inputs[1].shape, inputs[1].dtype == .int32, shape.rank == 4 else {
      throw TensorError("poolScatter: \(inputs[0]) and indices \(inputs[1]) for \(shape)")
    }
    return TensorType(shape, inputs[0].dtype)
  }

  /// The cotangent at the positions.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(PoolGather(), cotangent, inputs[1]), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var sums = Array(repeating: 0.0, count: shape.elementCount)
    let plane = shape[2] * shape[3]
    let window = inputs[0].type.shape[2] * inputs[0].type.shape[3]
    for i in 0..<inputs[0].count {
      sums[i / window * plane + Int(inputs[1].integer(i))] += inputs[0].real(i)
    }
    return HostArray(sums, type)
  }

  /// The shape is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(shape) }
}
