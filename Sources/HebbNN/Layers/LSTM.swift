import HebbCore

/// A stack of long short-term memories, as PyTorch's `nn.LSTM`:
///
///     i, f, o = σ(W x(t) + U h(t−1) + b) for each gate,  g = tanh(W x(t) + U h(t−1) + b)
///     c(t) = f c(t−1) + i g
///     h(t) = o tanh(c(t)), with a projection R o tanh(c(t))
///
/// All weights start uniform in ±1/√hidden and have PyTorch's names, `weight_ih_l0`,
/// `weight_hh_l0_reverse`, …, the gates in the order i, f, g, o.
///
/// Shapes: `[time, batch, inputs]` → `[time, batch, directions · hidden]`, with a projection its size
/// instead of hidden; batch first on demand; one sequence without the axis of the batch too.
///
/// - SeeAlso: Hochreiter & Schmidhuber 1997; Sak et al. 2014 for the projection.
public final class LSTM: Layer, ParameterContainer {
  /// What the layers give: the outputs and the last states.
  public struct Output: Sendable {
    /// h of the last layer at each time, in the layout of the input; 0 behind the end of a shorter
    /// sequence.
    public let outputs: Tensor
    /// h and c after the last time, each `[layers · directions, batch, size]`.
    public let state: LSTMCell.State
  }

  /// The dropout between layers; nil without.
  public let dropout: Dropout?
  private let stack: RecurrentStack

  /// Layers with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of c, and without a projection that of h.
  ///   - projection: The size of h, below that of c; as that of c where nil.
  ///   - options: The number of layers, layout, dropout, directions.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, projection: Int? = nil, _ options: RecurrentOptions = .init(),
    using generator: inout PhiloxGenerator
  ) {
    stack = RecurrentStack(
      "LSTM", gates: 4, inputs: inputs, hidden: hidden, projection: projection, options,
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
  ///   - initial: h and c before, each `[layers · directions, batch, size]`; zeros where nil.
  ///   - lengths: The number of times of each sequence, `int64` `[batch]`; the result is what packed
  ///     sequences give in PyTorch. All times where nil.
  /// - Returns: The outputs and the last states.
  public func read(
    _ x: Tensor, from initial: LSTMCell.State? = nil, lengths: Tensor? = nil
  ) -> Output {
    calling {
      let (outputs, state) = stack.run(
        x, initial.map { [$0.hidden, $0.cell] }, sizes: [stack.outputs, stack.hidden],
        lengths: lengths, dropout: dropout, bias: { weights, _ in weights.bias }, walk: walk
      ) { projected, state, weights in
        let gates = projected + affine(state[0], weights.hidden, nil)
        let next = LSTMCell.advance(gates, state[1])
        let h = weights.projection.map { affine(next.hidden, $0, nil) } ?? next.hidden
        return [h, next.cell]
      }
      return Output(outputs: outputs, state: .init(hidden: state[0], cell: state[1]))
    }
  }

  /// All steps; nil with a projection, which stands between two of them.
  private var walk: RecurrentStack.Walk? {
    guard stack.outputs == stack.hidden else { return nil }
    return { projected, state, weights, isReversed in
      let (h, c) = lstmSequence(
        projected, weights.hidden, hidden: state[0], cell: state[1], reversed: isReversed)
      return [h, c]
    }
  }
}
