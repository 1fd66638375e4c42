// What primitives cost that do not take one operation for each element of their result.

extension MatMul {
  /// A multiplication and an addition for each inner index.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    2 * result.shape.elementCount * (inputs[0].shape.last ?? 1)
  }
}

extension Convolution {
  /// A multiplication and an addition for each element of the window and each channel of the group.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    let weight = inputs[1].shape
    return 2 * result.shape.elementCount * (weight.elementCount / max(weight.first ?? 1, 1))
  }
}

extension ConvolutionInputGradient {
  /// As many as the convolution whose transpose it is.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    let weight = inputs[1].shape
    return 2 * inputs[0].shape.elementCount * (weight.elementCount / max(weight.first ?? 1, 1))
  }
}

extension ConvolutionWeightGradient {
  /// As many as the convolution whose weights they are.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    2 * inputs[1].shape.elementCount * (shape.elementCount / max(shape.first ?? 1, 1))
  }
}

extension Reduce {
  /// One for each element of the input.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    inputs[0].shape.elementCount
  }
}

extension StopGradient {
  /// The elements stay as they are.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}

extension Gather {
  /// Elements are only moved.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}

extension Concatenate {
  /// Elements are only moved.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}

extension SliceInsert {
  /// Elements are only moved.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}

extension Cast {
  /// Elements are only converted.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}

extension Iota {
  /// Nothing is computed from anything.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int { 0 }
}
