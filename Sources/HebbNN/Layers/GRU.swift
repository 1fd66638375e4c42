import HebbCore

/// A stack of gated recurrent units, as PyTorch's `nn.GRU`:
///
///     r, z = σ(W x(t) + b + U h(t−1) + d) for each gate
///     n = tanh(W x(t) + b + r (U h(t−1) + d))
///     h(t) = (1 − z) n + z h(t−1)
///
/// All weights start uniform in ±1/√hidden and have PyTorch's names, `weight_ih_l0`,
/// `weight_hh_l0_reverse`, …, the gates in the order r, z, n.
///
/// Shapes: `[time, batch, inputs]` → `[time, batch, directions · hidden]`; batch first on demand;
/// one sequence without the axis of the batch too.
///
/// - SeeAlso: Cho et al. 2014; the reset gate r acts after the product with U, not before.
public final class GRU: Layer, ParameterContainer {
  /// The dropout between layers; nil without.
  public let dropout: Dropout?
  private let stack: RecurrentStack

  /// Layers with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of h.
  ///   - options: The number of layers, layout, dropout, directions.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, _ options: RecurrentOptions = .init(),
    using generator: inout PhiloxGenerator
  ) {
    stack = RecurrentStack(
      "GRU", gates: 3, inputs: inputs, hidden: hidden, projection: nil, options,
      using: &generator)
    dropout = stack.dropout(using: &generator)
  }

  /// The form.
  public var options: RecurrentOptions { stack.options }

  /// The weights of all layers and directions.
  public var numberedParameters: [(name: String, box: ParameterBox)] { stack.numberedParameters }

  /// The outputs of the last layer, from a state of zeros.
  public func callAsFunction(_ x: Tensor) -> Tensor { read(x).outputs }

  /// Reads sequences.
  ///
  /// - Parameters:
  ///   - x: The sequences, in the layout of the options.
  ///   - initial: h before, `[layers · directions, batch, hidden]`; zeros where nil.
  ///   - lengths: The number of times of each sequence, `int64` `[batch]`; the result is what packed
  ///     sequences give in PyTorch. All times where nil.
  /// - Returns: The outputs and the last states.
  public func read(
    _ x: Tensor, from initial: Tensor? = nil, lengths: Tensor? = nil
  ) -> RecurrentOutput {
    calling {
      let (outputs, state) = stack.run(
        x, initial.map { [$0] }, sizes: [stack.hidden], lengths: lengths, dropout: dropout,
        bias: { Self.bias($0, isWalk: $1) }, walk: walk
      ) { projected, state, weights in
        let fromHidden = affine(state[0], weights.hidden, weights.hiddenBias)
        return [GRUCell.advance(projected, fromHidden, state[0])]
      }
      return RecurrentOutput(outputs: outputs, hidden: state[0])
    }
  }

  /// What is added to the product with the input: in a walk also d of r and z, which the product with U
  /// then leaves out.
  private static func bias(_ weights: RecurrentWeights, isWalk: Bool) -> Tensor? {
    guard isWalk, let inputBias = weights.inputBias, let hiddenBias = weights.hiddenBias else {
      return weights.inputBias
    }
    let hidden = weights.hidden.shape[1]
    return inputBias + hiddenBias[0..<2 * hidden].padded(before: [0], after: [hidden])
  }

  /// All steps.
  private var walk: RecurrentStack.Walk {
    { projected, state, weights, isReversed in
      let hidden = weights.hidden.shape[1]
      let bias = weights.hiddenBias.map { $0[2 * hidden..<3 * hidden] }
      let h = gruSequence(
        projected, weights.hidden, bias: bias ?? .zeros([hidden], dtype: projected.dtype),
        hidden: state[0], reversed: isReversed)
      return [h]
    }
  }
}
