extension TextbookSystem {
  private static let starts = "HebbNNTests/Initializers/InitializationSystemsTests.swift"
  private static let norms = "HebbNNTests/Layers/NormalizationSystemsTests.swift"

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
      "HebbNNTests/Layers/NormalizationTests.swift:runningVarianceFollowsEitherConvention",
      "recipe lenet-bn"),
    TextbookSystem(
      "norm-bn-placement", "batch normalization before or after the rectifier",
      in: "HebbNN/Layers/BatchNorm.swift",
      shownBy: norms + ":bothPlacesTrain", "recipe saito-batch-norm"),
    TextbookSystem(
      "norm-layer", "layer normalization", in: "HebbNN/Layers/LayerNorm.swift",
      shownBy: "HebbNNTests/Layers/LayerNormTests.swift:agreesWithPyTorch",
      norms + ":layersNormalizeRowsBatchesColumns"),
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
      "pixel-scale", "pixels in a common range", in: "HebbData/ArrayDataset.swift",
      shownBy: "HebbDataTests/Datasets/FashionMNISTTests.swift:pixelsHaveACommonRange",
      "HebbDataTests/ArrayDatasetTests.swift:pixelsAreDividedExactly",
      "HebbDataTests/ArrayDatasetTests.swift:pixelsAreStandardized"),
    TextbookSystem(
      "init-zero", "equal weights stay equal", in: "HebbNN/Initializers/Initializer.swift",
      shownBy: starts + ":equalWeightsStayEqual"),
    TextbookSystem(
      "init-normal", "normal initialization", in: "HebbNN/Initializers/Initializer.swift",
      shownBy: starts + ":normalNumbersHaveTheirDeviation"),
    TextbookSystem(
      "init-xavier", "Xavier (Glorot) initialization", in: "HebbNN/Initializers/Initializer.swift",
      shownBy: "HebbNNTests/Initializers/InitializerTests.swift:agreesWithPyTorch",
      "HebbNNTests/Initializers/InitializerTests.swift:gainsAgreeWithPyTorch",
      starts + ":xavierKeepsTheVarianceOfTanh", "recipe saito-initialization"),
    TextbookSystem(
      "init-he", "He (Kaiming) initialization", in: "HebbNN/Initializers/Initializer.swift",
      shownBy: "HebbNNTests/Initializers/InitializerTests.swift:agreesWithPyTorch",
      starts + ":kaimingKeepsTheVarianceOfReLU", "recipe saito-initialization"),
    TextbookSystem(
      "init-pretrained-ae", "weights of an autoencoder as initial values",
      in: "HebbRecipes/Studies/PretrainingStudy.swift", shownBy: "recipe pretraining"),
  ]
}
