import HebbCore

/// A transposed convolution over one axis, the gradient of `Conv1d` with respect to its input: it
/// restores the size that a convolution with the same geometry had reduced, not the values.
///
/// Weight and bias start uniform in ±1/√(outputs / groups · elements of the kernel), as in PyTorch's
/// `nn.ConvTranspose1d`.
///
/// Shapes: `[batch, inputs, length]` → `[batch, outputs, length']` with
/// length' = (length − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1.
public final class ConvTranspose1d: Layer {
  /// W, `[inputs, outputs / groups, kernel]`.
  @Parameter public var weight: Tensor
  /// b, `[outputs]`; nil without bias.
  @Parameter public var bias: Tensor?
  /// Stride, padding, dilation and groups of the convolution whose gradient this is.
  public let geometry: ConvolutionGeometry
  /// Elements more at the end of each axis.
  public let outputPadding: [Int]

  /// A layer with random weights and a window of any form.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: The size of the window along each axis.
  ///   - geometry: Stride, padding, dilation and groups.
  ///   - outputPadding: Elements more at the end of each axis, fewer than stride or dilation.
  ///   - bias: Whether b is added.
  ///   - dtype: The element type of the parameters.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, kernel: [Int], geometry: ConvolutionGeometry,
    outputPadding: [Int] = [0], bias: Bool = true, dtype: DType = .float32,
    using generator: inout PhiloxGenerator
  ) {
    let fitted = checkedGeometry(
      "ConvTranspose1d", inputs: inputs, outputs: outputs, kernel: kernel, axes: 1, geometry)
    let perGroup = outputs / fitted.groups
    let fresh = freshConvolution(
      "ConvTranspose1d", weight: Shape([inputs, perGroup] + kernel),
      fanIn: perGroup * kernel.reduce(1, *), outputs: outputs, hasBias: bias, dtype: dtype,
      using: &generator)
    weight = fresh.weight
    self.bias = fresh.bias
    self.geometry = fitted
    self.outputPadding = outputPadding
  }

  /// A layer with random weights, one group and no dilation.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: The size of the window.
  ///   - stride: How many times larger the result becomes.
  ///   - padding: Elements that are taken away on all sides of the result.
  ///   - outputPadding: Elements more at the end, fewer than the stride.
  ///   - bias: Whether b is added.
  ///   - generator: Where the weights come from; advanced.
  public convenience init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, bias: Bool = true, using generator: inout PhiloxGenerator
  ) {
    let geometry = ConvolutionGeometry(stride: [stride], padding: [padding], dilation: [1])
    self.init(
      inputs: inputs, outputs: outputs, kernel: [kernel], geometry: geometry,
      outputPadding: [outputPadding], bias: bias, using: &generator)
  }

  /// The transposed convolution of x with the weight, plus the bias.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard x.rank == 3 else {
        stop("ConvTranspose1d: needs [batch, inputs, length], not \(x.shape)")
      }
      return transposedConvolution(x, weight, bias, geometry, outputPadding: outputPadding)
    }
  }
}
