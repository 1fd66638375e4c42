import HebbCore

/// A one-dimensional convolution (cross-correlation, as all frameworks mean it),
/// y[n, o, i] = b[o] + Σ x[n, c, i s + u d − p] W[o, c, u].
///
/// Weight and bias start uniform in ±1/√(inputs / groups · elements of the kernel), as in PyTorch's
/// `nn.Conv1d`.
///
/// Over a sequence in time this is a time-delay network (Waibel et al. 1989).
///
/// Shapes: `[batch, inputs, length]` → `[batch, outputs, length']` with
/// length' = ⌊(length + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
public final class Conv1d: Layer {
  /// W, `[outputs, inputs / groups, kernel]`.
  @Parameter public var weight: Tensor
  /// b, `[outputs]`; nil without bias.
  @Parameter public var bias: Tensor?
  /// Stride, dilation and groups, and the padding of zeros where it is given in numbers.
  public let geometry: ConvolutionGeometry
  /// What stands around the input.
  public let padding: ConvolutionPadding

  /// A layer with random weights and a window of any form.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: The size of the window along each axis.
  ///   - geometry: Stride, padding, dilation and groups.
  ///   - padding: What stands around the input in place of the geometry's zeros; those where nil.
  ///   - bias: Whether b is added.
  ///   - dtype: The element type of the parameters.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, kernel: [Int], geometry: ConvolutionGeometry,
    padding: ConvolutionPadding? = nil, bias: Bool = true, dtype: DType = .float32,
    using generator: inout PhiloxGenerator
  ) {
    let fitted = checkedGeometry(
      "Conv1d", inputs: inputs, outputs: outputs, kernel: kernel, axes: 1, geometry)
    let perGroup = inputs / fitted.groups
    let fresh = freshConvolution(
      "Conv1d", weight: Shape([outputs, perGroup] + kernel), fanIn: perGroup * kernel.reduce(1, *),
      outputs: outputs, hasBias: bias, dtype: dtype, using: &generator)
    weight = fresh.weight
    self.bias = fresh.bias
    self.geometry = fitted
    self.padding = padding ?? ConvolutionPadding(fitted)
  }

  /// A layer with random weights, one group and no dilation.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: The size of the window.
  ///   - stride: Its steps.
  ///   - padding: Zeros on all sides.
  ///   - bias: Whether b is added.
  ///   - generator: Where the weights come from; advanced.
  public convenience init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    using generator: inout PhiloxGenerator
  ) {
    let geometry = ConvolutionGeometry(stride: [stride], padding: [padding], dilation: [1])
    self.init(
      inputs: inputs, outputs: outputs, kernel: [kernel], geometry: geometry, bias: bias,
      using: &generator)
  }

  /// A layer with random weights and padding of a kind, as `.same` or `.reflect(1)`.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: The size of the window.
  ///   - stride: Its steps.
  ///   - padding: What stands around the input.
  ///   - bias: Whether b is added.
  ///   - generator: Where the weights come from; advanced.
  public convenience init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: ConvolutionPadding,
    bias: Bool = true, using generator: inout PhiloxGenerator
  ) {
    let geometry = ConvolutionGeometry(stride: [stride], padding: [0], dilation: [1])
    self.init(
      inputs: inputs, outputs: outputs, kernel: [kernel], geometry: geometry,
      padding: padding, bias: bias, using: &generator)
  }

  /// The convolution of x with the weight, plus the bias.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      convolution("Conv1d", x, weight, bias, geometry, padding)
    }
  }
}
