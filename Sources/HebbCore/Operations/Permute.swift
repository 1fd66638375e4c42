/// The axes in another order: axis `i` of the result is axis `order[i]` of the input.
public struct Permute: Primitive {
  /// The axes of the input, in the order of the result.
  public let order: [Int]

  package init(order: [Int]) {
    self.order = order
  }

  /// The operation's name.
  public var name: String { "permute" }

  /// The elements stay where they are.
  public var isView: Bool { true }

  /// The permuted shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let shape = inputs[0].shape
    var found: UInt8 = 0
    for axis in order where axis >= 0 && axis < shape.rank { found |= 1 << axis }
    guard order.count == shape.rank, found.nonzeroBitCount == shape.rank else {
      throw TensorError("permute: \(order) is not an order of the \(shape.rank) axes of \(shape)")
    }
    return TensorType(Shape(order.lazy.map { shape[$0] }), inputs[0].dtype)
  }

  /// The cotangent with the axes put back.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    var inverse = order
    for (i, axis) in order.enumerated() { inverse[axis] = i }
    // Turned there and back: the cotangent of a weight that is multiplied transposed.
    if let turn = cotangent.node.primitive as? Permute, turn.order == order,
      !cotangent.node.inputs.isEmpty
    {
      return [Tensor(cotangent.node.inputs.node(0))]
    }
    return [cotangent.permuted(inverse)]
  }

  /// Copies one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    forEachIndex(of: type.shape) { position, index in
      var source = index
      for (i, axis) in order.enumerated() { source[axis] = index[i] }
      result.set(position, from: inputs[0], inputs[0].position(source))
    }
    return result
  }

  /// The order is the only attribute.
  public func sign(_ signature: inout Signature) { for axis in order { signature.append(axis) } }
}

extension Tensor {
  /// The axes in another order: axis `i` of the result is axis `order[i]` of this tensor.
  public func permuted(_ order: [Int]) -> Tensor {
    let order = order.map { $0 < 0 ? $0 + rank : $0 }
    return order.elementsEqual(0..<rank) ? self : record(Permute(order: order), self)
  }

  /// Two axes exchanged; the last two unless said otherwise.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
    let (i, j) = (a < 0 ? a + rank : a, b < 0 ? b + rank : b)
    precondition(
      i >= 0 && i < rank && j >= 0 && j < rank, "transposed: no axes \(a) and \(b) in \(shape)")
    var order = Array(0..<rank)
    order.swapAt(i, j)
    return permuted(order)
  }
}
