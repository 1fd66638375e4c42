import HebbCore

/// A stack of simple recurrent layers, as PyTorch's `nn.RNN`:
///
///     h(t) = f(W x(t) + b + U h(t−1) + d)
///
/// All weights start uniform in ±1/√hidden and have PyTorch's names, `weight_ih_l0`,
/// `weight_hh_l0_reverse`, …
///
/// Shapes: `[time, batch, inputs]` → `[time, batch, directions · hidden]`; batch first on demand;
/// one sequence without the axis of the batch too.
///
/// - SeeAlso: Elman 1990.
public final class RNN: Layer, ParameterContainer {
  /// f.
  public let activation: RNNCell.Activation
  /// The dropout between layers; nil without.
  public let dropout: Dropout?
  private let stack: RecurrentStack

  /// Layers with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of h.
  ///   - activation: f.
  ///   - options: The number of layers, layout, dropout, directions.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, activation: RNNCell.Activation = .tanh,
    _ options: RecurrentOptions = .init(), using generator: inout PhiloxGenerator
  ) {
    self.activation = activation
    stack = RecurrentStack(
      "RNN", gates: 1, inputs: inputs, hidden: hidden, projection: nil, options,
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
        bias: { weights, _ in weights.bias }
      ) { projected, state, weights in
        [activation(projected + affine(state[0], weights.hidden, nil))]
      }
      return RecurrentOutput(outputs: outputs, hidden: state[0])
    }
  }
}
