import HebbCore

/// A fully connected layer, y = x Wᵀ + b.
///
/// Weight and bias start uniform in ±1/√inputs, as in PyTorch's `nn.Linear`.
///
/// Shapes: `[..., inputs]` → `[..., outputs]`.
public final class Linear: Layer {
  /// W, `[outputs, inputs]`.
  @Parameter public var weight: Tensor
  /// b, `[outputs]`; nil without bias.
  @Parameter public var bias: Tensor?

  /// A layer with random weights.
  ///
  /// - Parameters:
  ///   - inputs: Features of x.
  ///   - outputs: Features of y.
  ///   - bias: Whether b is added.
  ///   - dtype: The element type of the parameters.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, bias: Bool = true, dtype: DType = .float32,
    using generator: inout PhiloxGenerator
  ) {
    let bound = 1 / Double(max(inputs, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    weight = initializer([outputs, inputs], dtype: dtype, using: &generator)
    self.bias = bias ? initializer([outputs], dtype: dtype, using: &generator) : nil
  }

  /// x Wᵀ + b.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { affine(x, weight, bias) } }
}
