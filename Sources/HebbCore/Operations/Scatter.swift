/// Values combined with what stands at integer positions of an axis. By slices,
/// y[o, indices[k], i] ← y[o, indices[k], i] ∘ v[o, k, i]; along the axis,
/// y[o, indices[o, k, i], i] ← y[o, indices[o, k, i], i] ∘ v[o, k, i].
///
/// Where positions repeat, values are combined in the order of k; of values that are set, the last
/// one stays. Results do not depend on the number of threads.
public struct Scatter: Primitive {
  /// How a value is combined with what stands at its position.
  public enum Kind: Int, Sendable, CaseIterable {
    case set, add, multiply, maximum, minimum
  }

  /// How a value is combined with what stands at its position.
  public let kind: Kind
  /// The axis.
  public let axis: Int
  /// Whether each value has an index of its own, instead of each slice.
  public let isAlong: Bool

  package init(kind: Kind, axis: Int, isAlong: Bool) {
    self.kind = kind
    self.axis = axis
    self.isAlong = isAlong
  }

  /// The operation's name.
  public var name: String { isAlong ? "puttingAlong" : "scattering" }

  /// The type of the base, to which indices and values must fit.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (base, indices, values) = (inputs[0], inputs[1], inputs[2])
    guard base.dtype == values.dtype else {
      throw TensorError("\(name): values \(values) and \(base) differ in type; cast one of them")
    }
    guard base.dtype != .bool || (kind != .add && kind != .multiply) else {
      throw TensorError("\(name): truth values cannot be combined by \(kind); cast to .int64")
    }
    if isAlong {
      try TakeAlong.check(name, base.shape, indices, axis)
      guard values.shape == indices.shape else {
        throw TensorError("\(name): values \(values) and indices \(indices) differ in shape")
      }
    } else {
      guard indices.dtype == .int64, axis >= 0, axis < base.shape.rank else {
        throw TensorError(
          "\(name): needs int64 indices and an axis of \(base), not \(indices), \(axis)")
      }
      let outside = (Array(base.shape[..<axis]), Array(base.shape[(axis + 1)...]))
      guard Array(values.shape) == outside.0 + Array(indices.shape) + outside.1 else {
        throw TensorError(
          "\(name): values \(values.shape) do not fit to indices \(indices.shape) along axis \(axis) "
            + "of \(base.shape)")
      }
    }
    return base
  }

  private func taken(_ x: Tensor, _ indices: Tensor) -> Tensor {
    isAlong ? record(TakeAlong(axis: axis), x, indices) : record(Gather(axis: axis), x, indices)
  }

  private func put(_ kind: Kind, _ base: Tensor, _ indices: Tensor, _ values: Tensor) -> Tensor {
    let operation = Scatter(kind: kind, axis: axis, isAlong: isAlong)
    return record(operation, Operands(base.node, indices.node, values.node))
  }

  /// Set: to the values that stayed, and to the base elsewhere. Maximum and minimum: shared equally
  /// by those that reach it. Multiply: times the product of the others, found without division by
  /// zero (second derivatives do not see other factors that are zero).
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (base, indices, values) = (inputs[0], inputs[1], inputs[2])
    switch kind {
    case .add: return [cotangent, nil, taken(cotangent, indices)]
    case .set:
      // The number of the value that stands at each place, −1 where there is none.
      let numbers = Tensor.range(values.count).reshaped(to: values.shape)
      let owners = put(.set, .full(base.shape, -1, dtype: .int64), indices, numbers)
      let stayed = taken(owners, indices) .== numbers
      return [
        select(owners .< 0, cotangent, cotangent.filled(with: 0)), nil,
        select(stayed, taken(cotangent, indices), values.filled(with: 0)),
      ]
    case .maximum, .minimum:
      let baseHits = (base .== output).cast(to: base.dtype)
      let valueHits = (values .== taken(output, indices)).cast(to: base.dtype)
      let share = cotangent / maximum(put(.add, baseHits, indices, valueHits), 1)
      return [share * baseHits, nil, taken(share, indices) * valueHits]
    case .multiply:
      let (one, zero) = (base.filled(with: 1), values.filled(with: 1))
      let (baseIsZero, valueIsZero) = (base .== 0, values .== 0)
      let zeros = put(
        .add, baseIsZero.cast(to: base.dtype), indices, valueIsZero.cast(to: base.dtype))
      let rest = put(
        .multiply, select(baseIsZero, one, base), indices, select(valueIsZero, zero, values))
      func others(_ x: Tensor, _ isZero: Tensor, _ rest: Tensor, _ zeros: Tensor) -> Tensor {
        let without = rest / select(isZero, x.filled(with: 1), x)
        return select(zeros .== isZero.cast(to: x.dtype), without, x.filled(with: 0))
      }
      return [
        cotangent * others(base, baseIsZero, rest, zeros), nil,
        taken(cotangent, indices)
          * others(values, valueIsZero, taken(rest, indices), taken(zeros, indices)),
      ]
    }
  }

  /// Combines one value after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (indices, values) = (inputs[1], inputs[2])
    let isReal = type.dtype.isFloatingPoint
    var result = inputs[0]
    let (size, inner) = (type.shape[axis], type.shape[(axis + 1)...].reduce(1, *))
    let outer = type.shape[..<axis].reduce(1, *)
    let count = values.count / Swift.max(outer * inner, 1)
    for i in 0..<values.count {
      let (o, k) = (i / inner / count, i / inner % count)
      let number = isAlong ? i : k
      let j = checkedPosition(indices.integer(number), number, size, name)
      let place = (o * size + j) * inner + i % inner
      if isReal {
        let (a, b) = (result.real(place), values.real(i))
        switch kind {
        case .set: result.set(place, real: b)
        case .add: result.set(place, real: a + b)
        case .multiply: result.set(place, real: a * b)
        case .maximum: result.set(place, real: a.isNaN || b.isNaN ? .nan : max(a, b))
        case .minimum: result.set(place, real: a.isNaN || b.isNaN ? .nan : min(a, b))
        }
      } else {
        let (a, b) = (result.integer(place), values.integer(i))
        let results = [b, a &+ b, a &* b, max(a, b), min(a, b)]
        result.set(place, integer: results[kind.rawValue])
      }
    }
    return result
  }

  /// Kind, axis and form.
  public func sign(_ signature: inout Signature) {
    signature.append(kind.rawValue)
    signature.append(axis)
    signature.append(isAlong)
  }
}

/// An index that lies in 0..<size. Stops the program where it does not.
func checkedPosition(_ index: Int64, _ number: Int, _ size: Int, _ name: String) -> Int {
  guard index >= 0, index < size else {
    trap(TensorError("\(name): index \(index) (number \(number)) lies outside of 0..<\(size)"))
  }
  return Int(index)
}

extension Tensor {
  /// This tensor with slices at integer positions of an axis replaced by `values` or combined with
  /// them, as in PyTorch's `index_copy`, `index_add` and `index_reduce`.
  ///
  /// - Parameters:
  ///   - values: This tensor's shape with the axis replaced by the shape of the indices, or what
  ///     broadcasts to it.
  ///   - indices: `int64`, any shape; each in 0..<size of the axis, else evaluation stops. Where they
  ///     repeat, values are combined in their order; the last one that is set stays.
  ///   - axis: The axis; negative ones count from the end.
  ///   - kind: How they are combined.
  /// - Returns: The shape of this tensor. Gradients flow to this tensor and to the values.
  public func scattering(
    _ values: Tensor, at indices: Tensor, axis: Int = 0, combining kind: Scatter.Kind = .set
  ) -> Tensor {
    let axis = resolvedAxis(axis, "scattering")
    let expected = Shape(
      Array(shape[..<axis]) + Array(indices.shape) + Array(shape[(axis + 1)...]))
    let operation = Scatter(kind: kind, axis: axis, isAlong: false)
    let fitting = values.broadcast(to: expected)
    return record(operation, Operands(node, indices.node, fitting.node))
  }

  /// This tensor with one element along an axis replaced or combined for each value:
  /// y[o, indices[o, k, i], i] ∘= values[o, k, i], as in PyTorch's `scatter` and `scatter_reduce`.
  ///
  /// - Parameters:
  ///   - values: The shape of the indices, or what broadcasts to it.
  ///   - indices: `int64`, this tensor's shape outside of the axis; each in 0..<size of the axis,
  ///     else evaluation stops. Where they repeat, values are combined in their order.
  ///   - axis: The axis; negative ones count from the end.
  ///   - kind: How they are combined.
  /// - Returns: The shape of this tensor. Gradients flow to this tensor and to the values.
  public func puttingAlong(
    _ values: Tensor, at indices: Tensor, axis: Int, combining kind: Scatter.Kind = .set
  ) -> Tensor {
    let axis = resolvedAxis(axis, "puttingAlong")
    let operation = Scatter(kind: kind, axis: axis, isAlong: true)
    let fitting = values.broadcast(to: indices.shape)
    return record(operation, Operands(node, indices.node, fitting.node))
  }
}
