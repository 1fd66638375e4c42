extension TextbookSystem {
  /// Losses, distances and penalties.
  static let losses: [TextbookSystem] = [
    TextbookSystem(
      "loss-sse", "sum of squared errors, weighted",
      in: "HebbNN/Losses/MeanSquaredError.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:weightedSumOfSquares"),
    TextbookSystem(
      "loss-mse", "mean squared error",
      in: "HebbNN/Losses/MeanSquaredError.swift",
      shownBy: "HebbNNTests/Losses/MeanSquaredErrorTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "loss-rmse", "root mean squared error",
      in: "HebbNN/Losses/MeanSquaredError.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "loss-mae", "mean absolute error",
      in: "HebbNN/Losses/MeanAbsoluteError.swift",
      shownBy: "HebbNNTests/Losses/MeanAbsoluteErrorTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "loss-ce", "cross-entropy",
      in: "HebbNN/Losses/SoftmaxCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/SoftmaxCrossEntropyTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossDemonstrationTests.swift:ignoranceCostsTheLogarithmOfTheClasses"),
    TextbookSystem(
      "softmax-ce-grad", "slope of softmax with cross-entropy",
      in: "HebbNN/Losses/SoftmaxCrossEntropy.swift",
      shownBy:
        "HebbNNTests/Losses/LossDemonstrationTests.swift:theSlopeOfSoftmaxWithCrossEntropyIsTheDifference"
    ),
    TextbookSystem(
      "loss-nll", "negative log-likelihood",
      in: "HebbNN/Losses/NegativeLogLikelihood.swift",
      shownBy: "HebbNNTests/Losses/NegativeLogLikelihoodTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossDemonstrationTests.swift:likelihoodIsCrossEntropy"),
    TextbookSystem(
      "loss-bce", "binary cross-entropy",
      in: "HebbNN/Losses/BinaryCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/BinaryCrossEntropyTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "ce-vs-mse", "cross-entropy is easier to minimize than squares",
      in: "HebbNN/Losses/SoftmaxCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:crossEntropyIsEasierThanSquares"),
    TextbookSystem(
      "loss-kl", "Kullback-Leibler divergence",
      in: "HebbNN/Losses/KLDivergence.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:divergenceAgainstSamples",
      "HebbNNTests/Losses/KLDivergenceTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "accuracy-not-loss", "accuracy is no loss",
      in: "HebbNN/Losses/BinaryCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:accuracyIsNoLoss"),
    TextbookSystem(
      "penalty-l2", "L2 penalty, weight decay",
      in: "HebbNN/Losses/Penalty.swift",
      shownBy:
        "HebbOptimTests/Demonstrations/OptimizationTests.swift:weightDecayAgainstLearningByHeart",
      "recipe weight-decay"),
    TextbookSystem(
      "penalty-l1", "L1 penalty",
      in: "HebbNN/Losses/Penalty.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:theL1PenaltyMakesZeros"),
    TextbookSystem(
      "penalty-linf", "penalty of the largest weight",
      in: "HebbNN/Losses/Penalty.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:penaltyOfTheLargest"),
    TextbookSystem(
      "norm-constraint", "norm penalty as a constraint",
      in: "HebbOptim/NormConstraint.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizationTests.swift:aNormPenaltyIsAConstraint",
      "HebbOptimTests/Demonstrations/OptimizationTests.swift:projectedWeightsNeverExceedTheLimit"),
    TextbookSystem(
      "activity-penalty", "penalty on activations",
      in: "HebbNN/Losses/Penalty.swift",
      shownBy:
        "HebbOptimTests/Demonstrations/OptimizationTests.swift:anActivityPenaltySilencesUnits"),
    TextbookSystem(
      "bounding-box-loss", "loss of box offsets with a mask",
      in: "HebbNN/Losses/Boxes.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "ssd-multibox-loss", "loss of a single-shot detector",
      in: "HebbNN/Losses/Boxes.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "content-loss", "content loss of style transfer",
      in: "HebbNN/Losses/Style.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:contentAndStyle"),
    TextbookSystem(
      "style-loss", "style loss of Gram matrices",
      in: "HebbNN/Losses/Style.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossDemonstrationTests.swift:contentAndStyle"),
    TextbookSystem(
      "tv-loss", "total variation",
      in: "HebbNN/Losses/Style.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossDemonstrationTests.swift:totalVariationOfPlainAndChecked"),
    TextbookSystem(
      "gan-loss", "losses of adversarial networks",
      in: "HebbNN/Losses/Adversarial.swift",
      shownBy: "HebbNNTests/Losses/LossCatalogTests.swift:agreesWithPyTorch",
      "HebbNNTests/Losses/LossDemonstrationTests.swift:atTheEquilibriumBothLossesAreTheLogarithmOfTwo"
    ),
    TextbookSystem(
      "elbo", "evidence lower bound",
      in: "HebbNN/Losses/Variational.swift",
      shownBy: "HebbNNTests/Losses/LossDemonstrationTests.swift:theBoundFallsShortByTheDivergence"),
    TextbookSystem(
      "label-smoothing", "label smoothing",
      in: "HebbNN/Losses/SoftmaxCrossEntropy.swift",
      shownBy: "HebbNNTests/Losses/SoftmaxCrossEntropyTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "energy-hopfield", "energy of a Hopfield network", in: "HebbEnergy/HopfieldNetwork.swift",
      shownBy: "HebbEnergyTests/EnergyTests.swift:hopfieldEnergyNeverRises"),
    TextbookSystem(
      "energy-boltzmann", "Boltzmann distribution, partition function, likelihood",
      in: "HebbEnergy/BoltzmannMachine.swift",
      shownBy: "HebbEnergyTests/EnergyTests.swift:gibbsSamplingFindsTheBoltzmannDistribution"),
    TextbookSystem(
      "energy-rbm", "energy and free energy of a restricted Boltzmann machine",
      in: "HebbEnergy/RestrictedBoltzmannMachine.swift",
      shownBy: "HebbEnergyTests/EnergyTests.swift:freeEnergyIsTheMarginal"),
  ]
}
