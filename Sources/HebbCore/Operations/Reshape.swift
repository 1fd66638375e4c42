/// The same elements in row-major order under another shape.
public struct Reshape: Primitive {
  /// The new shape.
  public let shape: Shape

  package init(shape: Shape) {
    self.shape = shape
  }

  /// The operation's name.
  public var name: String { "reshape" }

  /// The elements stay where they are.
  public var isView: Bool { true }

  /// The new shape, which must have as many elements.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs[0].shape.elementCount == shape.elementCount else {
      throw TensorError(
        "reshape: shape \(inputs[0].shape) has \(inputs[0].shape.elementCount) elements, "
          + "\(shape) has \(shape.elementCount)")
    }
    return TensorType(shape, inputs[0].dtype)
  }

  /// The cotangent under the old shape.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [cotangent.reshaped(to: inputs[0].shape)]
  }

  /// Copies all elements in order.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    for i in 0..<result.count { result.set(i, from: inputs[0], i) }
    return result
  }

  /// The shape is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(shape) }
}

extension Tensor {
  /// The same elements under another shape; row-major order stays.
  ///
  /// - Parameter shape: As many elements; one size may be −1 and is then computed.
  /// - Returns: A view; no memory is taken where the elements need not move.
  public func reshaped(to shape: [Int]) -> Tensor {
    guard let free = shape.firstIndex(of: -1) else { return reshaped(to: Shape(shape)) }
    var known = 1
    for (axis, size) in shape.enumerated() where axis != free { known *= size }
    guard known > 0, count.isMultiple(of: known) else {
      trap(TensorError("reshape: the \(count) elements of \(self.shape) do not fill \(shape)"))
    }
    var sizes = shape
    sizes[free] = count / known
    return reshaped(to: Shape(sizes))
  }

  /// The same elements under another shape; row-major order stays.
  public func reshaped(to shape: Shape) -> Tensor {
    shape == self.shape ? self : record(Reshape(shape: shape), self)
  }

  /// The same elements with the axes from `first` on joined into one.
  public func flattened(from first: Int = 0) -> Tensor {
    precondition(
      first >= 0 && first < Swift.max(rank, 1), "flattened: no axis \(first) in \(shape)")
    return reshaped(to: Array(shape[0..<first]) + [shape[first...].reduce(1, *)])
  }

  /// An additional axis of size 1 at `axis`; negative ones count from the end of the new shape.
  public func expandingShape(at axis: Int) -> Tensor {
    let position = axis < 0 ? axis + rank + 1 : axis
    precondition(position >= 0 && position <= rank, "expandingShape: no axis \(axis) in \(shape)")
    var sizes = Array(shape)
    sizes.insert(1, at: position)
    return reshaped(to: Shape(sizes))
  }

  /// The shape without `axis`, which must have size 1.
  public func squeezingShape(at axis: Int) -> Tensor {
    var sizes = Array(shape)
    let position = axis < 0 ? axis + rank : axis
    precondition(
      position >= 0 && position < rank && sizes[position] == 1,
      "squeezingShape: axis \(axis) of \(shape) does not have size 1")
    sizes.remove(at: position)
    return reshaped(to: Shape(sizes))
  }
}
