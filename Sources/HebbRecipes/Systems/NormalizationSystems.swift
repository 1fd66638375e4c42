extension TextbookSystem {
  /// Initialization and normalization.
  static let normalization: [TextbookSystem] = [
    TextbookSystem(
      "norm-lrn", "local response normalization", in: "HebbNN/Layers/LocalResponseNorm.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:rearrangementsAgreeWithPyTorch"),
    TextbookSystem(
      "init-bilinear", "bilinear initialization of transposed convolutions",
      in: "HebbNN/Initializers/BilinearKernel.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:bilinearKernelsEnlarge"),
  ]
}
