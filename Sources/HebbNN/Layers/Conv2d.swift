import HebbCore

/// A two-dimensional convolution (cross-correlation, as all frameworks mean it),
/// y[n, o, i, j] = b[o] + Σ x[n, c, i s + u d − p, j s + v d − p] W[o, c, u, v].
///
/// Weight and bias start uniform in ±1/√(inputs / groups · kernel height · kernel width), as in
/// PyTorch's `nn.Conv2d`.
///
/// Shapes: `[batch, inputs, height, width]` → `[batch, outputs, height', width']` with
/// height' = ⌊(height + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public final class Conv2d: Layer {
  /// W, `[outputs, inputs / groups, kernel height, kernel width]`.
  @Parameter public var weight: Tensor
  /// b, `[outputs]`; nil without bias.
  @Parameter public var bias: Tensor?
  /// Stride, padding, dilation and groups.
  public let geometry: ConvolutionGeometry

  /// A layer with random weights and a window of any form.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: Height and width of the window.
  ///   - geometry: Stride, padding, dilation and groups.
  ///   - bias: Whether b is added.
  ///   - dtype: The element type of the parameters.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, kernel: [Int], geometry: ConvolutionGeometry, bias: Bool = true,
    dtype: DType = .float32, using generator: inout PhiloxGenerator
  ) {
    let groups = geometry.groups
    guard kernel.count == 2, groups > 0, inputs.isMultiple(of: groups),
      outputs.isMultiple(of: groups)
    else {
      stop(
        "Conv2d: \(inputs) inputs and \(outputs) outputs in \(groups) groups with kernel \(kernel): "
          + "the groups must divide both, the kernel has height and width")
    }
    let fanIn = inputs / groups * kernel[0] * kernel[1]
    let bound = 1 / Double(max(fanIn, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    weight = initializer(
      [outputs, inputs / groups, kernel[0], kernel[1]], dtype: dtype, using: &generator)
    self.bias = bias ? initializer([outputs], dtype: dtype, using: &generator) : nil
    self.geometry = geometry
  }

  /// A layer with random weights and a square window, one group and no dilation.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: Height and width of the window.
  ///   - stride: Its steps along both axes.
  ///   - padding: Zeros on all four sides.
  ///   - bias: Whether b is added.
  ///   - generator: Where the weights come from; advanced.
  public convenience init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    using generator: inout PhiloxGenerator
  ) {
    let geometry = ConvolutionGeometry(stride: [stride, stride], padding: [padding, padding])
    self.init(
      inputs: inputs, outputs: outputs, kernel: [kernel, kernel], geometry: geometry, bias: bias,
      using: &generator)
  }

  /// The convolution of x with the weight, plus the bias.
  public func callAsFunction(_ x: Tensor) -> Tensor { convolution(x, weight, bias, geometry) }
}
