import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Pools, rearrangements, resizing and sampling against PyTorch, forward and gradients.
@Suite struct SpatialGoldenTests {
  static let pools: [SpatialGolden] = [
    .init("max_pool1d") {
      maxPool($0[0], .init(kernel: [3], stride: [2], padding: [1], dilation: [2]))
    },
    .init("max_pool2d_dilation") {
      maxPool($0[0], .init(kernel: [3, 2], stride: [1, 2], padding: [1, 0], dilation: [2, 1]))
    },
    .init("max_pool2d_ceil") {
      maxPool($0[0], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true))
    },
    .init("max_pool3d") {
      maxPool(
        $0[0], .init(kernel: [2, 3, 2], stride: [1, 2, 2], padding: [1, 1, 0], ceilMode: true))
    },
    .init("avg_pool1d") {
      averagePool($0[0], .init(kernel: [3], stride: [2], padding: [1]))
    },
    .init("avg_pool2d_ceil") {
      averagePool($0[0], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true))
    },
    .init("avg_pool2d_inside") {
      averagePool(
        $0[0],
        .init(
          kernel: [3, 2], stride: [2, 2], padding: [1, 1], ceilMode: true, countsPadding: false))
    },
    .init("avg_pool2d_divisor") {
      averagePool($0[0], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), divisor: 5)
    },
    .init("avg_pool3d") {
      averagePool(
        $0[0], .init(kernel: [2, 3, 2], stride: [2, 2, 2], padding: [1, 1, 0], ceilMode: true))
    },
    .init("avg_pool3d_divisor") {
      averagePool(
        $0[0], .init(kernel: [2, 2, 2], padding: [1, 1, 1], countsPadding: false), divisor: 3)
    },
    .init("lp_pool1d") { LPPool1d(2, kernel: 3, stride: 2)($0[0]) },
    .init("lp_pool2d_ceil") { LPPool2d(2, kernel: 3, stride: 2, ceilMode: true)($0[0]) },
    .init("lp_pool2d_cubes") { lpPool($0[0], p: 3, .init(kernel: [2, 3])) },
    .init("global_avg") { GlobalAvgPool2d()($0[0]) },
    .init("global_max") { GlobalMaxPool2d()($0[0]) },
    .init("max_unpool1d") { x in
      let (values, indices) = MaxPool1d(kernel: 2).withIndices(x[0])
      return MaxUnpool1d(kernel: 2)(values, indices, size: [9])
    },
    .init("max_unpool2d") { x in
      let window = PoolGeometry(kernel: [2, 3])
      let (values, indices) = MaxPool2d(window).withIndices(x[0])
      return MaxUnpool2d(window)(values, indices, size: [6, 7])
    },
    .init("max_unpool3d") { x in
      let window = PoolGeometry(kernel: [2, 2, 2], stride: [2, 2, 3])
      let (values, indices) = MaxPool3d(window).withIndices(x[0])
      return MaxUnpool3d(window)(values, indices, size: [4, 4, 6])
    },
    .init("adaptive_avg_pool1d") { AdaptiveAvgPool1d(3)($0[0]) },
    .init("adaptive_avg_pool2d") { AdaptiveAvgPool2d([3, 4])($0[0]) },
    .init("adaptive_avg_pool3d") { AdaptiveAvgPool3d([2, 4, 3])($0[0]) },
    .init("adaptive_avg_pool2d_larger") { AdaptiveAvgPool2d([5, 2])($0[0]) },
    .init("adaptive_max_pool1d") { AdaptiveMaxPool1d(3)($0[0]) },
    .init("adaptive_max_pool2d") { AdaptiveMaxPool2d([3, 4])($0[0]) },
    .init("adaptive_max_pool3d") { AdaptiveMaxPool3d([2, 4, 3])($0[0]) },
    .init("adaptive_max_pool2d_larger") { AdaptiveMaxPool2d([5, 2])($0[0]) },
    .init("fractional_max_pool2d") {
      fractionalMaxPool($0[0], kernel: [2, 3], to: [4, 3], offsets: [0.8, 0.3])
    },
  ]

  static let rearrangements: [SpatialGolden] = [
    .init("unfold") {
      unfold(
        $0[0], kernel: [2, 3], .init(stride: [1, 2], padding: [1, 0], dilation: [2, 1]))
    },
    .init("fold") {
      fold($0[0], to: [5, 6], kernel: [2, 3], .init(stride: [2, 1], padding: [1, 0]))
    },
    .init("pixel_shuffle") { PixelShuffle(2)($0[0]) },
    .init("pixel_unshuffle") { PixelUnshuffle(2)($0[0]) },
    .init("channel_shuffle") { ChannelShuffle(groups: 3)($0[0]) },
    .init("local_response_norm5") {
      LocalResponseNorm(size: 5, alpha: 0.3, beta: 0.6, k: 1.5)($0[0])
    },
    .init("local_response_norm4") {
      LocalResponseNorm(size: 4, alpha: 0.3, beta: 0.6, k: 1.5)($0[0])
    },
  ]

  static let resizes: [SpatialGolden] = [
    .init("resize_nearest_1d") { Upsample(size: [7])($0[0]) },
    .init("resize_nearest_2d") { resized($0[0], to: [7, 3]) },
    .init("resize_nearest_scale") { Upsample(scale: 1.6, 0.7)($0[0]) },
    .init("resize_nearest_exact") { resized($0[0], to: [7, 3], by: .nearestExact) },
    .init("resize_linear") { resized($0[0], to: [7], by: .linear) },
    .init("resize_bilinear") { Upsample(size: [7, 3], by: .linear)($0[0]) },
    .init("resize_bilinear_corners") {
      Upsample(size: [7, 3], by: .linear, alignCorners: true)($0[0])
    },
    .init("resize_bilinear_scale") { Upsample(scale: 1.6, 0.7, by: .linear)($0[0]) },
    .init("resize_bilinear_antialias") {
      resized($0[0], to: [3, 8], by: .linear, antialias: true)
    },
    .init("resize_bicubic") { resized($0[0], to: [7, 3], by: .cubic) },
    .init("resize_bicubic_corners") {
      resized($0[0], to: [7, 3], by: .cubic, alignCorners: true)
    },
    .init("resize_bicubic_antialias") {
      resized($0[0], to: [3, 8], by: .cubic, antialias: true)
    },
    .init("resize_area") { resized($0[0], to: [3, 4], by: .area) },
    .init("resize_trilinear") { resized($0[0], to: [3, 5, 2], by: .linear) },
    .init("resize_trilinear_corners") {
      resized($0[0], to: [3, 5, 2], by: .linear, alignCorners: true)
    },
  ]

  static let samples: [SpatialGolden] = {
    var rows: [SpatialGolden] = []
    for axes in [2, 3] {
      for (text, method) in [("bilinear", Resampling.linear), ("nearest", .nearest)] {
        for padding in GridPadding.allCases {
          if axes == 3, method == .nearest || padding == .border { continue }
          for corners in [false, true] {
            let name = "grid_sample\(axes)d_\(text)_\(padding)\(corners ? "_corners" : "")"
            rows.append(
              SpatialGolden(name, ["input", "grid"]) {
                gridSample($0[0], $0[1], by: method, padding: padding, alignCorners: corners)
              })
          }
        }
      }
      for corners in [false, true] {
        let name = "affine_grid\(axes)d\(corners ? "_corners" : "")"
        rows.append(
          SpatialGolden(name) {
            affineGrid($0[0], size: axes == 2 ? [3, 4] : [2, 3, 4], alignCorners: corners)
          })
      }
    }
    return rows
  }()

  @Test(arguments: pools, Precision.both)
  func poolsAgreeWithPyTorch(_ row: SpatialGolden, _ precision: Precision) throws {
    try row.check(precision)
  }

  @Test(arguments: rearrangements, Precision.both)
  func rearrangementsAgreeWithPyTorch(_ row: SpatialGolden, _ precision: Precision) throws {
    try row.check(precision)
  }

  @Test(arguments: resizes, Precision.both)
  func resizesAgreeWithPyTorch(_ row: SpatialGolden, _ precision: Precision) throws {
    try row.check(precision)
  }

  @Test(arguments: samples, Precision.both)
  func samplesAgreeWithPyTorch(_ row: SpatialGolden, _ precision: Precision) throws {
    try row.check(precision)
  }

  /// The whole layer with gradients of its localization.
  @Test(arguments: Precision.both) func spatialTransformer(_ precision: Precision) throws {
    let row = SpatialGolden("spatial_transformer", ["input", "weight", "bias"]) { x in
      final class Localization: Layer {
        let weight, bias: Tensor
        init(_ weight: Tensor, _ bias: Tensor) { (self.weight, self.bias) = (weight, bias) }
        func callAsFunction(_ x: Tensor) -> Tensor { affine(x.flattened(from: 1), weight, bias) }
      }
      return SpatialTransformer(localization: Localization(x[1], x[2]))(x[0])
    }
    try row.check(precision)
  }
}
