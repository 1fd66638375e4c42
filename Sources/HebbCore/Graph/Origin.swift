extension Tensor {
  /// Whether the elements are those of a logistic function, perhaps in another arrangement.
  package var comesFromSigmoid: Bool {
    var node = node
    while let primitive = node.primitive {
      if let function = primitive as? Elementwise { return function.function.opcode == .sigmoid }
      guard primitive.isView, node.inputs.count == 1 else { return false }
      node = node.inputs.node(0)
    }
    return false
  }
}
