/// The elements repeated along new axes and axes of size 1, by NumPy's rule.
public struct Broadcast: Primitive {
  /// The new shape.
  public let shape: Shape

  package init(shape: Shape) {
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "broadcast" }

  /// The elements stay where they are.
  public var isView: Bool { true }

  /// The new shape, to which the old one must broadcast.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard try Shape.broadcast(inputs[0].shape, shape) == shape else {
      throw TensorError("broadcast: shape \(inputs[0].shape) does not broadcast to \(shape)")
    }
    return TensorType(shape, inputs[0].dtype)
  }

  /// The cotangent; the engine sums it over the repeated axes.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [cotangent]
  }

  /// Repeats element by element.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    inputs[0].broadcast(to: type.shape)
  }

  /// The shape is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(shape) }
}

extension Tensor {
  /// The elements repeated to a larger shape by NumPy's rule. No memory is taken for it.
  public func broadcast(to shape: Shape) -> Tensor {
    shape == self.shape ? self : record(Broadcast(shape: shape), self)
  }

  /// The sum over the axes along which `shape` was broadcast to this tensor's shape.
  func summed(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    let offset = rank - shape.rank
    var axes = Array(0..<offset)
    for axis in 0..<shape.rank where shape[axis] == 1 && self.shape[axis + offset] != 1 {
      axes.append(axis + offset)
    }
    return sum(axes: axes).reshaped(to: shape)
  }
}
