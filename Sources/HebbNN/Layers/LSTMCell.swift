import HebbCore

/// One step of long short-term memory, as PyTorch's `nn.LSTMCell`:
///
///     i, f, o = σ(W x + U h + b) for each gate,  g = tanh(W x + U h + b)
///     c' = f c + i g
///     h' = o tanh(c')
///
/// All weights start uniform in ±1/√hidden.
///
/// - SeeAlso: Hochreiter & Schmidhuber 1997; the forget gate f is Gers et al. 2000's.
public final class LSTMCell: Module {
  /// The state between two steps.
  public struct State: Sendable {
    /// h, the output, `[batch, hidden]`.
    public var hidden: Tensor
    /// c, the memory, `[batch, hidden]`.
    public var cell: Tensor

    /// A state of these two.
    public init(hidden: Tensor, cell: Tensor) {
      self.hidden = hidden
      self.cell = cell
    }
  }

  /// W of the gates i, f, g, o one below the other, `[4 hidden, inputs]`.
  @Parameter("weight_ih") public var inputWeight: Tensor
  /// U of the gates, `[4 hidden, hidden]`.
  @Parameter("weight_hh") public var hiddenWeight: Tensor
  /// The bias beside W, `[4 hidden]`; nil without bias.
  @Parameter("bias_ih") public var inputBias: Tensor?
  /// The bias beside U, `[4 hidden]`; nil without bias.
  @Parameter("bias_hh") public var hiddenBias: Tensor?
  /// The size of h and c.
  public let hidden: Int

  /// A cell with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of h and c.
  ///   - bias: Whether there are biases.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, bias: Bool = true, using generator: inout PhiloxGenerator
  ) {
    let bound = 1 / Double(max(hidden, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    self.hidden = hidden
    inputWeight = initializer([4 * hidden, inputs], using: &generator)
    hiddenWeight = initializer([4 * hidden, hidden], using: &generator)
    inputBias = bias ? initializer([4 * hidden], using: &generator) : nil
    hiddenBias = bias ? initializer([4 * hidden], using: &generator) : nil
  }

  /// The state after x, `[batch, inputs]`; the state before is zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: State? = nil) -> State {
    calling {
      let zeros = Tensor.zeros([x.shape[0], hidden], dtype: x.dtype)
      let (h, c) = (state?.hidden ?? zeros, state?.cell ?? zeros)
      let gates = affine(x, inputWeight, inputBias) + affine(h, hiddenWeight, hiddenBias)
      return Self.advance(gates, c)
    }
  }

  /// The state after c, with the sums that the gates i, f, g, o see side by side.
  static func advance(_ gates: Tensor, _ c: Tensor) -> State {
    let parts = gates.split(4, axis: -1)
    let (i, f, g, o) = (sigmoid(parts[0]), sigmoid(parts[1]), tanh(parts[2]), sigmoid(parts[3]))
    let cell = f * c + i * g
    return State(hidden: o * tanh(cell), cell: cell)
  }
}
