/// Slices of a tensor at integer positions of an axis:
/// y[o..., k..., i...] = x[o..., indices[k...], i...], as in NumPy's `take`.
public struct Gather: Primitive {
  /// The axis of x that the indices replace.
  public let axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  /// The operation's name.
  public var name: String { "gather" }

  /// The shape of x with the axis replaced by the shape of the indices.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, indices) = (inputs[0], inputs[1])
    guard indices.dtype == .int64, axis >= 0, axis < x.shape.rank else {
      throw TensorError("gather: needs int64 indices and an axis of \(x), not \(indices), \(axis)")
    }
    let sizes = Array(x.shape[..<axis]) + Array(indices.shape) + Array(x.shape[(axis + 1)...])
    guard sizes.count <= Shape.maximumRank else {
      throw TensorError("gather: the result of \(x) at \(indices) would have \(sizes.count) axes")
    }
    return TensorType(Shape(sizes), x.dtype)
  }

  /// Adds the cotangent at the positions.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(ScatterAdd(axis: axis, shape: inputs[0].shape), cotangent, inputs[1]), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (x, indices) = (inputs[0], inputs[1])
    var result = HostArray(zeros: type)
    let inner = x.type.shape[(axis + 1)...].reduce(1, *)
    let (count, size) = (indices.count, x.type.shape[axis])
    for i in 0..<result.count {
      let (o, k) = (i / inner / max(count, 1), i / inner % max(count, 1))
      let j = checkedPosition(indices.integer(k), k, size, name)
      let source = (o * size + j) * inner + i % inner
      result.set(i, from: x, source)
    }
    return result
  }

  /// The axis is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(axis) }
}

/// Sums of slices at integer positions of an axis: the transpose of `Gather`.
public struct ScatterAdd: Primitive {
  /// The axis of the result that the indices select.
  public let axis: Int
  /// The shape of the result.
  public let shape: Shape

  package init(axis: Int, shape: Shape) {
    self.axis = axis
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "scatterAdd" }

  /// The given shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, indices) = (inputs[0], inputs[1])
    guard indices.dtype == .int64, x.dtype.isFloatingPoint, axis >= 0, axis < shape.rank,
      Array(x.shape)
        == Array(shape[..<axis]) + Array(indices.shape) + Array(shape[(axis + 1)...])
    else { throw TensorError("scatterAdd: \(x) at \(indices) does not fit to \(shape)") }
    return TensorType(shape, x.dtype)
  }

  /// The cotangent at the positions.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(Gather(axis: axis), cotangent, inputs[1]), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (x, indices) = (inputs[0], inputs[1])
    var sums = Array(repeating: 0.0, count: shape.elementCount)
    let inner = shape[(axis + 1)...].reduce(1, *)
    for i in 0..<x.count {
      let (o, k) = (i / inner / max(indices.count, 1), i / inner % max(indices.count, 1))
      let j = checkedPosition(indices.integer(k), k, shape[axis], name)
      sums[(o * shape[axis] + j) * inner + i % inner] += x.real(i)
    }
    return HostArray(sums, type)
  }

  /// Axis and shape.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(shape)
  }
}

/// One element along an axis for each place: y[o, k, i] = x[o, indices[o, k, i], i], as in PyTorch's
/// `gather`.
public struct TakeAlong: Primitive {
  /// The axis.
  public let axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  /// The operation's name.
  public var name: String { "takeAlong" }

  /// The shape of the indices, which equals that of x outside of the axis.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, indices) = (inputs[0], inputs[1])
    try Self.check(name, x.shape, indices, axis)
    return TensorType(indices.shape, x.dtype)
  }

  static func check(
    _ name: String, _ shape: Shape, _ indices: TensorType, _ axis: Int
  ) throws(TensorError) {
    var expected = indices.shape
    if axis >= 0, axis < min(expected.rank, shape.rank) { expected[axis] = shape[axis] }
    guard indices.dtype == .int64, axis >= 0, axis < shape.rank, expected == shape else {
      throw TensorError("\(name): indices \(indices) do not fit to \(shape) along axis \(axis)")
    }
  }

  /// Adds the cotangent at the positions. Of one position along the axis, that is a choice for each element, which
  /// joins what else is computed there and needs no zeros in memory.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (shape, indices) = (inputs[0].shape, inputs[1])
    // As floats up to 2²⁴, which are exact, so that the comparison runs in the same loop. Looked up, so that an index
    // out of range stops here as well.
    guard indices.shape[axis] == 1, shape[axis] <= 1 << 24, cotangent.dtype.isFloatingPoint else {
      return [record(PutAlongAdd(axis: axis, shape: shape), cotangent, indices), nil]
    }
    let dtype: DType = cotangent.dtype == .float64 ? .float64 : .float32
    var column = Array(repeating: 1, count: shape.rank)
    column[axis] = shape[axis]
    let positions = Tensor.range(shape[axis], dtype: dtype)
    let isThere = positions.reshaped(to: Shape(column)) .== positions.gathering(indices)
    return [select(isThere, cotangent, cotangent.filled(with: 0)), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (x, indices) = (inputs[0], inputs[1])
    var result = HostArray(zeros: type)
    forEachIndex(of: type.shape) { position, index in
      var source = index
      source[axis] = checkedPosition(
        indices.integer(position), position, x.type.shape[axis], name)
      result.set(position, from: x, x.position(source))
    }
    return result
  }

  /// The axis is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(axis) }
}

/// Sums of elements at a position along an axis for each place: the transpose of `TakeAlong`.
public struct PutAlongAdd: Primitive {
  /// The axis.
  public let axis: Int
  /// The shape of the result.
  public let shape: Shape

  package init(axis: Int, shape: Shape) {
    self.axis = axis
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "putAlongAdd" }

  /// The given shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try TakeAlong.check(name, shape, inputs[1], axis)
    guard inputs[0].shape == inputs[1].shape, inputs[0].dtype.isFloatingPoint else {
      throw TensorError("putAlongAdd: \(inputs[0]) and indices \(inputs[1]) differ in shape")
    }
    return TensorType(shape, inputs[0].dtype)
  }

  /// The cotangent at the positions.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(TakeAlong(axis: axis), cotangent, inputs[1]), nil]
  }

  /// One element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (x, indices) = (inputs[0], inputs[1])
    var sums = HostArray(zeros: TensorType(type.shape, .float64))
    forEachIndex(of: x.type.shape) { position, index in
      var target = index
      target[axis] = checkedPosition(indices.integer(position), position, shape[axis], name)
      let place = sums.position(target)
      sums.set(place, real: sums.real(place) + x.real(position))
    }
    var result = HostArray(zeros: type)
    for i in 0..<result.count { result.set(i, real: sums.real(i)) }
    return result
  }

  /// Axis and shape.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(shape)
  }
}

extension Tensor {
  /// The slices at integer positions of an axis, as in NumPy's `take`; for rows of a table, see
  /// `Embedding`.
  ///
  /// - Parameters:
  ///   - indices: `int64`, any shape; each in 0..<size of the axis, else evaluation stops.
  ///   - axis: The axis that the shape of the indices replaces.
  /// - Returns: The shape with the axis replaced by the shape of the indices.
  public func gathering(_ indices: Tensor, axis: Int = 0) -> Tensor {
    record(Gather(axis: axis < 0 ? axis + rank : axis), self, indices)
  }

  /// One element along an axis for each place of `indices`: y[o, k, i] = x[o, indices[o, k, i], i].
  public func takingAlong(_ indices: Tensor, axis: Int) -> Tensor {
    record(TakeAlong(axis: axis < 0 ? axis + rank : axis), self, indices)
  }
}
