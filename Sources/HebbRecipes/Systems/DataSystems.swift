extension TextbookSystem {
  /// Data handling and augmentation.
  static let data: [TextbookSystem] = [
    TextbookSystem(
      "mini-batch", "random mini-batches", in: "HebbData/Samplers/Sampler.swift",
      shownBy: "HebbDataTests/Samplers/SamplerTests.swift:miniBatchesWithAndWithoutReplacement"),
    TextbookSystem(
      "train-val-test", "train/validation/test split", in: "HebbData/Splits/Split.swift",
      shownBy: "HebbDataTests/Splits/SplitTests.swift:stratifiedPartsAndLeakage"),
    TextbookSystem(
      "public-private-test", "public and private test set", in: "HebbData/Splits/Split.swift",
      shownBy: "HebbDataTests/Splits/SplitTests.swift:theBestOnThePublicTestIsNoBetter"),
    TextbookSystem(
      "k-fold", "cross-validation", in: "HebbData/Splits/KFold.swift",
      shownBy: "HebbDataTests/Splits/SplitTests.swift:foldsAreThoseOfScikitLearn",
      "HebbDataTests/Splits/SplitTests.swift:foldsChooseAModel"),
    TextbookSystem(
      "ds-cifar10", "CIFAR-10", in: "HebbData/Datasets/CIFAR10.swift",
      shownBy: "HebbDataTests/Datasets/ImageSetTests.swift:cifarIsReadFromItsBinaryFiles",
      "recipe resnet20-cifar10"),
  ]
}
