/// Tensors one after the other along an axis; all other axes must agree.
public struct Concatenate: Primitive {
  /// The axis.
  public let axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  /// The operation's name.
  public var name: String { "concatenate" }

  /// The common shape with the sizes along the axis added.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    var result = inputs[0]
    guard axis >= 0, axis < result.shape.rank else {
      throw TensorError("concatenate: axis \(axis) does not exist in shape \(result.shape)")
    }
    for index in 1..<max(inputs.count, 1) {
      var other = inputs[index].shape
      guard inputs[index].dtype == result.dtype, other.rank == result.shape.rank else {
        throw TensorError("concatenate: \(inputs[index]) does not fit to \(inputs[0])")
      }
      let size = other[axis]
      other[axis] = result.shape[axis]
      guard other == result.shape else {
        throw TensorError(
          "concatenate: \(inputs[index].shape) and \(inputs[0].shape) differ outside of axis \(axis)"
        )
      }
      result.shape[axis] += size
    }
    return result
  }

  /// The parts of the cotangent.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    var start = 0
    return inputs.map { input in
      defer { start += input.shape[axis] }
      return cotangent.slice(axis: axis, start..<start + input.shape[axis])
    }
  }

  /// Copies one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    var start = 0
    for input in inputs {
      forEachIndex(of: input.type.shape) { position, index in
        var target = index
        target[axis] += start
        result.set(result.position(target), from: input, position)
      }
      start += input.type.shape[axis]
    }
    return result
  }

  /// The axis is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(axis) }
}

/// The tensors one after the other along an axis; all other axes must agree.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  precondition(!tensors.isEmpty, "concatenate: needs at least one tensor")
  if tensors.count == 1 { return tensors[0] }
  let axis = axis < 0 ? axis + tensors[0].rank : axis
  return record(Concatenate(axis: axis), Operands(tensors.map(\.node)))
}

/// Tensors of one shape along a new axis.
public func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  concatenate(tensors.map { $0.expandingShape(at: axis) }, axis: axis)
}
