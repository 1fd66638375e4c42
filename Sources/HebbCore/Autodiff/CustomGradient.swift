/// A value with a gradient rule of its own: the first input passed on; the others are what it was
/// computed from.
package struct CustomGradient: Primitive {
  /// The cotangents of the inputs from that of the value, the inputs and the value.
  typealias Rule = (_ cotangent: Tensor, _ inputs: [Tensor], _ value: Tensor) -> [Tensor?]

  /// Rules run where gradients are taken, in the task that does it.
  private struct Box: @unchecked Sendable {
    let rule: Rule
  }
  private let box: Box

  init(_ rule: @escaping Rule) { box = Box(rule: rule) }

  package var name: String { "customGradient" }

  package func type(of inputs: Operands) -> TensorType { inputs[0] }

  package func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil] + box.rule(cotangent, Array(inputs.dropFirst()), output)
  }

  package func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray { inputs[0] }
}

/// A value whose gradients come from a rule that is given, and not from the operations inside.
///
/// ```swift
/// // The sign function with a straight-through estimate (Bengio et al. 2013).
/// let y = withCustomGradient([x]) { sign($0[0]) } backward: { dy, _, _ in [dy] }
/// ```
///
/// - Parameters:
///   - inputs: What the value is computed from and gradients go to.
///   - forward: The value of the inputs.
///   - backward: The cotangent of each input from the cotangent of the value, the inputs and the value;
///     nil for an input without gradient. Written in tensor operations, it differentiates again. Stops
///     the program where number or shapes do not fit to the inputs.
/// - Returns: The value of `forward`.
public func withCustomGradient(
  _ inputs: [Tensor], forward: ([Tensor]) -> Tensor,
  backward:
    @escaping (_ cotangent: Tensor, _ inputs: [Tensor], _ value: Tensor) -> [Tensor?]
) -> Tensor {
  let value = stopGradient(withoutGradients { forward(inputs) })
  let rule = CustomGradient { cotangent, inputs, value in
    let cotangents = backward(cotangent, inputs, value)
    guard cotangents.count == inputs.count else {
      trap(
        TensorError(
          "withCustomGradient: the backward rule returned \(cotangents.count) cotangents for "
            + "\(inputs.count) inputs"))
    }
    for (position, (slope, input)) in zip(cotangents, inputs).enumerated() {
      guard let slope, slope.shape != input.shape else { continue }
      trap(
        TensorError(
          "withCustomGradient: the backward rule returned shape \(slope.shape) for input "
            + "\(position) of shape \(input.shape)"))
    }
    return cotangents
  }
  return record(rule, Operands([value.node] + inputs.map(\.node)))
}
