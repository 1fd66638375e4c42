/// The index of the largest or smallest element along an axis; the first of equals.
public struct ArgReduce: Primitive {
  /// The axis, which goes.
  public let axis: Int
  /// Whether the smallest is looked for.
  public let isMinimum: Bool

  package init(axis: Int, isMinimum: Bool) {
    self.axis = axis
    self.isMinimum = isMinimum
  }

  /// The name of the kind.
  public var name: String { isMinimum ? "argMin" : "argMax" }

  /// The shape without the axis, `int64`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let shape = inputs[0].shape
    guard axis >= 0, axis < shape.rank, shape[axis] > 0 else {
      throw TensorError("\(name): axis \(axis) of \(shape) does not exist or has no elements")
    }
    let set = try AxisSet([axis], of: shape)
    return TensorType(shape.reduced(set, keepingDimensions: false), .int64)
  }

  /// An index does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// Compares one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    var result = HostArray(zeros: type)
    forEachIndex(of: type.shape) { position, index in
      var candidate = index
      candidate.insert(0, at: axis)
      var best = (0, x.real(x.position(candidate)))
      for i in 1..<max(x.type.shape[axis], 1) {
        candidate[axis] = i
        let value = x.real(x.position(candidate))
        let better = isMinimum ? value < best.1 : value > best.1
        if better || (value.isNaN && !best.1.isNaN) { best = (i, value) }
      }
      result.set(position, integer: Int64(best.0))
    }
    return result
  }

  /// Axis and kind.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(isMinimum)
  }
}

extension Tensor {
  /// The index of the largest element along an axis, `int64`; the first of equals.
  public func argMax(axis: Int = -1) -> Tensor {
    record(ArgReduce(axis: axis < 0 ? axis + rank : axis, isMinimum: false), self)
  }

  /// The index of the smallest element along an axis, `int64`; the first of equals.
  public func argMin(axis: Int = -1) -> Tensor {
    record(ArgReduce(axis: axis < 0 ? axis + rank : axis, isMinimum: true), self)
  }
}
