import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Normalization, dropout, containers.
  static let normalizations: [LayerCase] = [
    LayerCase("GroupNorm", [3, 4, 5], [3, 4, 5], state: "weight[4] bias[4]") { _ in
      GroupNorm(groups: 2, channels: 4)
    },
    LayerCase("InstanceNorm", [2, 3, 4, 2], [2, 3, 4, 2]) { _ in InstanceNorm(channels: 3) },
    LayerCase(
      "InstanceNorm tracked", [2, 3, 4], [2, 3, 4],
      state: "weight[3] bias[3] running_mean[3] running_var[3] num_batches_tracked[]"
    ) { _ in InstanceNorm(channels: 3, affine: true, tracksStatistics: true) },
    LayerCase("RMSNorm", [3, 4, 5], [3, 4, 5], state: "weight[5]") { _ in RMSNorm([5]) },
    LayerCase(
      "WeightNorm", [3, 5], [3, 4], state: "bias[4] weight_g[4, 1] weight_v[4, 5]"
    ) { WeightNorm(Linear(inputs: 5, outputs: 4, using: &$0)) },
    LayerCase(
      "SpectralNorm in use", [3, 5], [3, 4],
      state: "bias[4] weight_orig[4, 5] weight_u[4] weight_v[5]"
    ) { SpectralNorm(Linear(inputs: 5, outputs: 4, using: &$0), using: &$0).eval() },
    LayerCase("GlobalContrastNorm", [2, 2, 3, 4], [2, 2, 3, 4]) { _ in
      GlobalContrastNorm(regularizer: 0.1)
    },
    LayerCase("LocalContrastNorm", [2, 2, 5, 4], [2, 2, 5, 4]) { _ in
      LocalContrastNorm(window: 3)
    },
    LayerCase("FeatureNorm", [3, 4], [3, 4], state: "mean[4] deviation[4]") { _ in
      FeatureNorm(features: 4)
    },
    LayerCase("Dropout scaled in use", [6, 7], [6, 7], state: "draws[]") {
      Dropout(0.4, scaling: .inUse, using: &$0)
    },
    LayerCase("ChannelDropout", [6, 7, 2], [6, 7, 2], state: "draws[]") {
      ChannelDropout(0.4, using: &$0)
    },
    LayerCase("AlphaDropout", [6, 7], [6, 7], state: "draws[]") { AlphaDropout(0.4, using: &$0) },
    LayerCase("GaussianNoise", [6, 7], [6, 7], state: "draws[]") {
      GaussianNoise(0.4, using: &$0)
    },
    LayerCase("GaussianDropout", [6, 7], [6, 7], state: "draws[]") {
      GaussianDropout(0.4, using: &$0)
    },
    LayerCase("Embedding with padding", [2, 3], [2, 3, 4], state: "weight[7, 4]", indices: 6) {
      // The padding's vector has no slope: the catalog's differences would see one.
      Embedding(count: 7, width: 4, padding: 6, using: &$0)
    },
    LayerCase("EmbeddingBag", [2, 3], [2, 4], state: "weight[7, 4]", indices: 7) {
      EmbeddingBag(count: 7, width: 4, using: &$0)
    },
    LayerCase("Bilinear", [3, 4], [3, 2], state: "form.weight[2, 4, 4] form.bias[2]") {
      Square(Bilinear(first: 4, second: 4, outputs: 2, using: &$0))
    },
    LayerCase("Identity", [3, 4], [3, 4]) { _ in Identity() },
    LayerCase("Lambda", [3, 4], [3, 4]) { _ in Lambda { sin($0) } },
    LayerCase("Residual", [3, 4], [3, 4], state: "layer.weight[4, 4] layer.bias[4]") {
      Residual(Linear(inputs: 4, outputs: 4, using: &$0))
    },
    LayerCase("Unflatten", [3, 12], [3, 2, 3, 2]) { _ in Unflatten(sizes: [2, -1, 2]) },
  ]
}

/// A bilinear form of x with itself.
private final class Square: Layer {
  let form: Bilinear
  init(_ form: Bilinear) { self.form = form }
  func callAsFunction(_ x: Tensor) -> Tensor { form(x, x) }
}
