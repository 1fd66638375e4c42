/// The identity, through which no gradient flows.
public struct StopGradient: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "stopGradient" }

  /// The type of the input.
  public func type(of inputs: Operands) -> TensorType { inputs[0] }

  /// No cotangent.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// The input.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray { inputs[0] }
}

/// The same value as a constant: no gradient flows through it.
public func stopGradient(_ x: Tensor) -> Tensor {
  let inputs = Operands(x.node)
  return Tensor(Node(StopGradient(), inputs, x.type, tracked: false))
}
