import HebbCore

/// A depthwise separable convolution: one filter for each channel, then a 1 × 1 convolution that mixes
/// them. Takes k² + outputs products for each element of the input instead of k² · outputs.
///
/// Without activation between the two, as Keras's `SeparableConv2D`; `MobileNet` puts normalization and
/// rectifier there.
///
/// Shapes: `[batch, inputs, height, width]` → `[batch, outputs, height', width']` as `Conv2d`.
/// - SeeAlso: Sifre 2014; Chollet 2017 (Xception).
public final class SeparableConv2d: Layer {
  /// The filters of single channels, `[inputs · multiplier, 1, kernel, kernel]`.
  public let depthwise: Conv2d
  /// The mixing of channels, `[outputs, inputs · multiplier, 1, 1]`, with the bias.
  public let pointwise: Conv2d

  /// A layer with random weights and a square window.
  ///
  /// - Parameters:
  ///   - inputs: Channels of x.
  ///   - outputs: Channels of y.
  ///   - kernel: Height and width of the window.
  ///   - stride: Its steps along both axes.
  ///   - padding: What stands around the input.
  ///   - multiplier: Filters for each channel.
  ///   - bias: Whether a bias is added at the end.
  ///   - generator: Where the weights come from; advanced.
  public init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: ConvolutionPadding = .valid,
    multiplier: Int = 1, bias: Bool = true, using generator: inout PhiloxGenerator
  ) {
    depthwise = Conv2d(
      inputs: inputs, outputs: inputs * multiplier, kernel: [kernel, kernel],
      geometry: ConvolutionGeometry(stride: [stride, stride], groups: inputs), padding: padding,
      bias: false, using: &generator)
    pointwise = Conv2d(
      inputs: inputs * multiplier, outputs: outputs, kernel: 1, bias: bias, using: &generator)
  }

  /// The mixed channels of the filtered input.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { pointwise(depthwise(x)) } }
}
