import HebbCore

/// One step of a gated recurrent unit, as PyTorch's `nn.GRUCell`:
///
///     r, z = σ(W x + b + U h + d) for each gate
///     n = tanh(W x + b + r (U h + d))
///     h' = (1 − z) n + z h
///
/// All weights start uniform in ±1/√hidden.
///
/// - SeeAlso: Cho et al. 2014; the reset gate r acts after the product with U, not before.
public final class GRUCell: Module {
  /// W of r, z, n one below the other, `[3 hidden, inputs]`.
  @Parameter("weight_ih") public var inputWeight: Tensor
  /// U of r, z, n, `[3 hidden, hidden]`.
  @Parameter("weight_hh") public var hiddenWeight: Tensor
  /// b, `[3 hidden]`; nil without bias.
  @Parameter("bias_ih") public var inputBias: Tensor?
  /// d, `[3 hidden]`; nil without bias.
  @Parameter("bias_hh") public var hiddenBias: Tensor?
  /// The size of h.
  public let hidden: Int

  /// A cell with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The size of x.
  ///   - hidden: The size of h.
  ///   - bias: Whether there are biases.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, hidden: Int, bias: Bool = true, using generator: inout PhiloxGenerator
  ) {
    let bound = 1 / Double(max(hidden, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    self.hidden = hidden
    inputWeight = initializer([3 * hidden, inputs], using: &generator)
    hiddenWeight = initializer([3 * hidden, hidden], using: &generator)
    inputBias = bias ? initializer([3 * hidden], using: &generator) : nil
    hiddenBias = bias ? initializer([3 * hidden], using: &generator) : nil
  }

  /// h after x, `[batch, inputs]`; h before is zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: Tensor? = nil) -> Tensor {
    calling {
      let h = state ?? Tensor.zeros([x.shape[0], hidden], dtype: x.dtype)
      return Self.advance(
        affine(x, inputWeight, inputBias), affine(h, hiddenWeight, hiddenBias), h)
    }
  }

  /// h after the sums for r, z, n from the input and from h.
  static func advance(_ inputSums: Tensor, _ hiddenSums: Tensor, _ h: Tensor) -> Tensor {
    let fromInput = inputSums.split(3, axis: -1)
    let fromHidden = hiddenSums.split(3, axis: -1)
    let r = sigmoid(fromInput[0] + fromHidden[0])
    let z = sigmoid(fromInput[1] + fromHidden[1])
    let n = tanh(fromInput[2] + r * fromHidden[2])
    return (1 - z) * n + z * h
  }
}
