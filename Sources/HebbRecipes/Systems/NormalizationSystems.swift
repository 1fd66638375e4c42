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
    TextbookSystem(
      "norm-batch", "batch normalization", in: "HebbNN/Layers/BatchNorm.swift",
      shownBy: "HebbNNTests/Layers/BatchNormTests.swift:agreesWithPyTorch",
      "HebbNNTests/Layers/NormalizationTests.swift:runningVarianceFollowsEitherConvention"),
    TextbookSystem(
      "norm-feature", "feature normalization", in: "HebbNN/Layers/FeatureNorm.swift",
      shownBy: "HebbNNTests/Layers/NormalizationTests.swift:agreesWithScikitLearn",
      "HebbNNTests/Layers/NormalizationTests.swift:theErrorSurfaceBecomesRound"),
    TextbookSystem(
      "norm-gcn", "global contrast normalization", in: "HebbNN/Layers/ContrastNorm.swift",
      shownBy: "HebbNNTests/Layers/NormalizationTests.swift:agreesWithNumPy",
      "HebbNNTests/Layers/NormalizationTests.swift:aConstantPictureStaysFinite"),
    TextbookSystem(
      "norm-lcn", "local contrast normalization", in: "HebbNN/Layers/ContrastNorm.swift",
      shownBy: "HebbNNTests/Layers/NormalizationTests.swift:agreesWithNumPy",
      "HebbNNTests/Layers/NormalizationTests.swift:edgesGetUniformContrast"),
    TextbookSystem(
      "init-pretrained-ae", "weights of an autoencoder as initial values",
      in: "HebbRecipes/Studies/PretrainingStudy.swift", shownBy: "recipe pretraining"),
  ]
}
