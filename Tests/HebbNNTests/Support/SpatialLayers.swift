import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Convolutions, pools, upsampling.
  static let spatial: [LayerCase] = convolutions + pools + resizings

  private static let convolutions: [LayerCase] = [
    LayerCase("Conv1d", [2, 3, 7], [2, 4, 4], state: "weight[4, 3, 3] bias[4]") {
      Conv1d(inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1, using: &$0)
    },
    LayerCase("Conv1d in groups", [2, 4, 7], [2, 6, 5], state: "weight[6, 2, 2] bias[6]") {
      Conv1d(
        inputs: 4, outputs: 6, kernel: [2], geometry: .init(dilation: [2], groups: 2), using: &$0)
    },
    LayerCase(
      "Conv3d", [1, 2, 3, 4, 3], [1, 3, 2, 3, 2], state: "weight[3, 2, 2, 2, 2] bias[3]"
    ) { Conv3d(inputs: 2, outputs: 3, kernel: 2, using: &$0) },
    LayerCase("Conv2d SAME", [2, 2, 5, 6], [2, 3, 3, 3], state: "weight[3, 2, 4, 4] bias[3]") {
      Conv2d(inputs: 2, outputs: 3, kernel: 4, stride: 2, padding: .same, using: &$0)
    },
    LayerCase("Conv2d reflected", [2, 2, 5, 4], [2, 3, 5, 4], state: "weight[3, 2, 3, 3]") {
      Conv2d(inputs: 2, outputs: 3, kernel: 3, padding: .reflect(1), bias: false, using: &$0)
    },
    LayerCase("Conv1d circular", [2, 2, 5], [2, 3, 5], state: "weight[3, 2, 3] bias[3]") {
      Conv1d(inputs: 2, outputs: 3, kernel: 3, padding: .same(.circular), using: &$0)
    },
    LayerCase(
      "ConvTranspose1d", [2, 3, 4], [2, 2, 8], state: "weight[3, 2, 3] bias[2]"
    ) {
      ConvTranspose1d(
        inputs: 3, outputs: 2, kernel: 3, stride: 2, padding: 1, outputPadding: 1, using: &$0)
    },
    LayerCase(
      "ConvTranspose2d", [2, 4, 3, 4], [2, 6, 7, 9], state: "weight[4, 3, 3, 3] bias[6]"
    ) {
      ConvTranspose2d(
        inputs: 4, outputs: 6, kernel: [3, 3], geometry: .init(stride: [2, 2], groups: 2),
        using: &$0)
    },
    LayerCase(
      "ConvTranspose3d", [1, 2, 2, 3, 2], [1, 3, 3, 4, 3], state: "weight[2, 3, 2, 2, 2]"
    ) { ConvTranspose3d(inputs: 2, outputs: 3, kernel: 2, bias: false, using: &$0) },
    LayerCase(
      "SeparableConv2d", [2, 2, 5, 4], [2, 3, 5, 4],
      state: "depthwise.weight[4, 1, 3, 3] pointwise.weight[3, 4, 1, 1] pointwise.bias[3]"
    ) {
      SeparableConv2d(
        inputs: 2, outputs: 3, kernel: 3, padding: .same, multiplier: 2, using: &$0)
    },
    LayerCase("ZeroPad1d", [2, 2, 4], [2, 2, 7]) { _ in ZeroPad1d([2, 1]) },
    LayerCase("ZeroPad2d", [2, 2, 4, 3], [2, 2, 6, 5]) { _ in ZeroPad2d(1) },
    LayerCase("ZeroPad3d", [1, 2, 2, 3, 2], [1, 2, 4, 5, 4]) { _ in ZeroPad3d(1) },
    LayerCase("ReflectionPad1d", [2, 2, 4], [2, 2, 7]) { _ in ReflectionPad1d([2, 1]) },
    LayerCase("ReflectionPad2d", [2, 2, 4, 3], [2, 2, 7, 6]) { _ in ReflectionPad2d([2, 1, 0, 3]) },
    LayerCase("ReflectionPad3d", [1, 1, 2, 3, 2], [1, 1, 4, 5, 4]) { _ in ReflectionPad3d(1) },
    LayerCase("ReplicationPad1d", [2, 2, 4], [2, 2, 9]) { _ in ReplicationPad1d([5, 0]) },
    LayerCase("ReplicationPad2d", [2, 2, 4, 3], [2, 2, 6, 5]) { _ in ReplicationPad2d(1) },
    LayerCase("ReplicationPad3d", [1, 1, 2, 3, 2], [1, 1, 4, 5, 4]) { _ in ReplicationPad3d(1) },
    LayerCase("CircularPad1d", [2, 2, 4], [2, 2, 8]) { _ in CircularPad1d([4, 0]) },
    LayerCase("CircularPad2d", [2, 2, 4, 3], [2, 2, 6, 5]) { _ in CircularPad2d(1) },
    LayerCase("CircularPad3d", [1, 1, 2, 3, 2], [1, 1, 4, 5, 4]) { _ in CircularPad3d(1) },
  ]

  private static let pools: [LayerCase] = [
    LayerCase("MaxPool1d", [2, 2, 7], [2, 2, 4]) { _ in
      MaxPool1d(kernel: 3, stride: 2, padding: 1)
    },
    LayerCase("MaxPool3d", [1, 2, 4, 3, 5], [1, 2, 2, 2, 3]) { _ in
      MaxPool3d(kernel: 2, ceilMode: true)
    },
    LayerCase("AvgPool1d", [2, 2, 7], [2, 2, 4]) { _ in
      AvgPool1d(kernel: 3, stride: 2, padding: 1)
    },
    LayerCase("AvgPool3d", [1, 2, 4, 3, 5], [1, 2, 2, 2, 3]) { _ in
      AvgPool3d(kernel: 2, ceilMode: true)
    },
    LayerCase("AdaptiveAvgPool1d", [2, 2, 7], [2, 2, 3]) { _ in AdaptiveAvgPool1d(3) },
    LayerCase("AdaptiveAvgPool2d", [2, 2, 7, 4], [2, 2, 3, 4]) { _ in AdaptiveAvgPool2d([3, -1]) },
    LayerCase("AdaptiveAvgPool3d", [1, 2, 4, 3, 5], [1, 2, 2, 2, 2]) { _ in AdaptiveAvgPool3d(2) },
    LayerCase("AdaptiveMaxPool1d", [2, 2, 7], [2, 2, 3]) { _ in AdaptiveMaxPool1d(3) },
    LayerCase("AdaptiveMaxPool2d", [2, 2, 7, 4], [2, 2, 3, 3]) { _ in AdaptiveMaxPool2d(3) },
    LayerCase("AdaptiveMaxPool3d", [1, 2, 4, 3, 5], [1, 2, 2, 2, 2]) { _ in AdaptiveMaxPool3d(2) },
    LayerCase("GlobalAvgPool1d", [2, 3, 5], [2, 3, 1]) { _ in GlobalAvgPool1d() },
    LayerCase("GlobalAvgPool3d", [2, 3, 2, 2, 3], [2, 3, 1, 1, 1]) { _ in GlobalAvgPool3d() },
    LayerCase("GlobalMaxPool1d", [2, 3, 5], [2, 3, 1]) { _ in GlobalMaxPool1d() },
    LayerCase("GlobalMaxPool2d", [2, 3, 4, 5], [2, 3, 1, 1]) { _ in GlobalMaxPool2d() },
    LayerCase("GlobalMaxPool3d", [2, 3, 2, 2, 3], [2, 3, 1, 1, 1]) { _ in GlobalMaxPool3d() },
    LayerCase("LPPool1d", [2, 3, 6], [2, 3, 3]) { _ in LPPool1d(2, kernel: 2) },
    LayerCase("LPPool2d", [2, 2, 5, 4], [2, 2, 2, 2]) { _ in
      LPPool2d(2, kernel: 3, stride: 2, ceilMode: true)
    },
    LayerCase("LPPool3d", [1, 2, 2, 4, 4], [1, 2, 1, 2, 2]) { _ in LPPool3d(2, kernel: 2) },
    LayerCase("MaxUnpool2d", [2, 2, 5, 4], [2, 2, 4, 4]) { _ in UnpooledMaxima() },
  ]

  private static let resizings: [LayerCase] = [
    LayerCase("Upsample", [2, 2, 3, 4], [2, 2, 6, 8]) { _ in Upsample(scale: 2) },
    LayerCase("Upsample of lines", [2, 2, 4], [2, 2, 7]) { _ in Upsample(size: [7], by: .cubic) },
    LayerCase("Upsample to a size", [2, 2, 3, 4], [2, 2, 5, 3]) { _ in
      Upsample(size: [5, 3], by: .linear, alignCorners: true)
    },
    LayerCase("PixelShuffle", [2, 8, 2, 3], [2, 2, 4, 6]) { _ in PixelShuffle(2) },
    LayerCase("PixelUnshuffle", [2, 2, 4, 6], [2, 8, 2, 3]) { _ in PixelUnshuffle(2) },
    LayerCase("ChannelShuffle", [2, 6, 2], [2, 6, 2]) { _ in ChannelShuffle(groups: 3) },
    LayerCase("Unfold", [2, 2, 4, 5], [2, 12, 9]) { _ in Unfold(kernel: [2, 3]) },
    LayerCase("Fold", [2, 12, 9], [2, 2, 4, 5]) { _ in Fold(size: [4, 5], kernel: [2, 3]) },
    LayerCase("LocalResponseNorm", [2, 6, 3], [2, 6, 3]) { _ in
      LocalResponseNorm(size: 3, alpha: 0.4)
    },
    LayerCase(
      "SpatialTransformer", [2, 1, 4, 5], [2, 1, 3, 3],
      state: "localization.1.weight[6, 20] localization.1.bias[6]"
    ) { random in
      SpatialTransformer(
        localization: Sequential {
          Flatten()
          Linear(inputs: 20, outputs: 6, using: &random)
        }, size: [3, 3])
    },
  ]
}

/// Pooled and put back.
private final class UnpooledMaxima: Layer {
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (values, indices) = MaxPool2d(kernel: 2).withIndices(x)
    return MaxUnpool2d(kernel: 2)(values, indices)
  }
}
