extension TextbookSystem {
  /// Convolution layers and ideas.
  static let convolution: [TextbookSystem] = [
    TextbookSystem(
      "conv-math", "true convolution", in: "HebbCore/Operations/SignalConvolution.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:convolutionOfMathematics"),
    TextbookSystem(
      "cross-corr", "cross-correlation", in: "HebbCore/Operations/Convolution.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:correlationFlipsTheKernel",
      "HebbNNTests/Layers/Conv2dTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "conv2d", "two-dimensional convolution layer", in: "HebbNN/Layers/Conv2d.swift",
      shownBy: "HebbNNTests/Layers/Conv2dTests.swift:agreesWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:imagesOfTheBook"),
    TextbookSystem(
      "conv1d-tdnn", "one-dimensional convolution, time-delay network",
      in: "HebbNN/Layers/Conv1d.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionGoldenTests.swift:layersAgreeWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:linesOfTheBook"),
    TextbookSystem(
      "conv-1x1", "1 x 1 convolution", in: "HebbCore/Operations/Convolution.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:oneByOneIsFullyConnectedForEachPixel"),
    TextbookSystem(
      "conv-padding", "zero padding, SAME and VALID, edge, mean",
      in: "HebbNN/Layers/ConvolutionPadding.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:sizesOfSameAndValid",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:kindsOfPadding"),
    TextbookSystem(
      "conv-stride", "stride", in: "HebbCore/Operations/ConvolutionGeometry.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:stridesOfTheBook"),
    TextbookSystem(
      "im2col", "im2col and col2im", in: "HebbCore/Operations/Unfold.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:columnsMakeAConvolutionOneProduct",
      "HebbNNTests/Spatial/SpatialGoldenTests.swift:rearrangementsAgreeWithPyTorch"),
    TextbookSystem(
      "pool-max", "max pooling, forward and backward", in: "HebbCore/Operations/Pooling.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:poolsAgreeWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:maximaSendGradientsToTheFirstOfEquals"),
    TextbookSystem(
      "pool-avg", "average pooling", in: "HebbCore/Operations/Pooling.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:poolsAgreeWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:meansSpreadGradientsEvenly"),
    TextbookSystem(
      "pool-global", "global average pooling", in: "HebbNN/Layers/GlobalPool.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:poolsAgreeWithPyTorch"),
    TextbookSystem(
      "pool-adaptive", "adaptive pooling", in: "HebbNN/Layers/AdaptivePool.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:poolsAgreeWithPyTorch"),
    TextbookSystem(
      "pool-invariance", "approximate translation invariance",
      in: "HebbCore/Operations/Pooling.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:poolingKeepsValuesUnderSmallShifts"),
    TextbookSystem(
      "flatten", "flatten", in: "HebbNN/Layers/Flatten.swift",
      shownBy: "HebbNNTests/Layers/FlattenTests.swift:joinsAxes"),
    TextbookSystem(
      "receptive-field", "receptive field and its arithmetic",
      in: "HebbNN/Analysis/ReceptiveField.swift",
      shownBy: "HebbNNTests/Spatial/ReceptiveFieldTests.swift:equalsTheSupportOfTheGradient",
      "HebbNNTests/Spatial/ReceptiveFieldTests.swift:smallWindowsStack"),
    TextbookSystem(
      "sparse-interaction", "sparse interactions", in: "HebbNN/Layers/Conv2d.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:interactionsAreSparse"),
    TextbookSystem(
      "equivariance", "translation equivariance", in: "HebbNN/Layers/Conv2d.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:convolutionsAreEquivariantToShiftsOnly"),
    TextbookSystem(
      "conv-as-fc", "convolution as a restricted fully connected layer",
      in: "HebbCore/Operations/Convolution.swift",
      shownBy:
        "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:aConvolutionIsARestrictedFullyConnectedLayer"
    ),
    TextbookSystem(
      "conv-transpose", "transposed convolution",
      in: "HebbCore/Operations/TransposedConvolution.swift",
      shownBy: "HebbNNTests/Spatial/ConvolutionGoldenTests.swift:agreesWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:transposedConvolutionsOfTheBook",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:aConvolutionIsARestrictedFullyConnectedLayer"
    ),
    TextbookSystem(
      "bilinear-interp", "bilinear interpolation", in: "HebbCore/Operations/Resize.swift",
      shownBy: "HebbNNTests/Spatial/SpatialGoldenTests.swift:resizesAgreeWithPyTorch"),
    TextbookSystem(
      "depthwise-group", "grouped convolution", in: "HebbCore/Operations/Convolution.swift",
      shownBy: "HebbNNTests/Layers/Conv2dTests.swift:agreesWithPyTorch",
      "HebbNNTests/Spatial/ConvolutionSystemsTests.swift:groupsAreSeparateConvolutions"),
    TextbookSystem(
      "resnet", "ResNet, residual block", in: "HebbVision/ResNet.swift",
      shownBy: "HebbVisionTests/ResNetTests.swift:agreesWithTorchvision",
      "HebbVisionTests/ResNetTests.swift:bookFormTrainsAsPyTorchs",
      "HebbVisionTests/ResNetTests.swift:parameterCountsAreThePublishedOnes",
      "recipe resnet20-cifar10"),
    TextbookSystem(
      "resnet-1000", "networks of 100 to 1,000 layers", in: "HebbVision/CIFARResNet.swift",
      shownBy: "HebbVisionTests/ResNetTests.swift:aThousandLayersTrain"),
  ]
}
