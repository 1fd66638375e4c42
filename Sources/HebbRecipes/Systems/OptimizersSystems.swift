extension TextbookSystem {
  /// Optimizers.
  static let optimizers: [TextbookSystem] = [
    TextbookSystem(
      "opt-gd", "gradient descent",
      in: "HebbOptim/SGD.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:gradientDescent",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:theRateDecides"),
    TextbookSystem(
      "opt-sgd", "stochastic gradient descent",
      in: "HebbOptim/SGD.swift",
      shownBy: "HebbOptimTests/OptimizerCatalogTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:stochasticGradientDescent"),
    TextbookSystem(
      "opt-minibatch", "gradient descent by small batches",
      in: "HebbOptim/SGD.swift",
      shownBy:
        "HebbOptimTests/Demonstrations/OptimizationTests.swift:largerBatchesGiveSteadierGradients"),
    TextbookSystem(
      "opt-momentum", "momentum",
      in: "HebbOptim/SGD.swift",
      shownBy: "HebbOptimTests/OptimizerCatalogTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:momentum",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:bothFormsOfMomentum"),
    TextbookSystem(
      "opt-adagrad", "AdaGrad",
      in: "HebbOptim/Adagrad.swift",
      shownBy: "HebbOptimTests/OptimizerCatalogTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:adagrad"),
    TextbookSystem(
      "opt-rmsprop", "RMSProp",
      in: "HebbOptim/RMSProp.swift",
      shownBy: "HebbOptimTests/OptimizerCatalogTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:rmsProp"),
    TextbookSystem(
      "opt-adam", "Adam with corrected means",
      in: "HebbOptim/Adam.swift",
      shownBy: "HebbOptimTests/OptimizerCatalogTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:adam"),
    TextbookSystem(
      "opt-framework", "one frame of two moments for five optimizers",
      in: "HebbOptim/MomentOptimizer.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:oneFrameGivesFiveOptimizers"),
    TextbookSystem(
      "opt-paths-plot", "search paths of optimizers over contours",
      in: "HebbPlot/Charts/Contours.swift",
      shownBy: "HebbTrainingTests/SearchPathTests.swift:fourPathsOverContours"),
    TextbookSystem(
      "opt-online", "learning from one example at a time",
      in: "HebbOptim/SGD.swift",
      shownBy:
        "HebbOptimTests/Demonstrations/OptimizationTests.swift:onlineLearningNeedsAFallingRate"),
    TextbookSystem(
      "opt-update-epoch", "updates and epochs",
      in: "HebbTraining/Trainer.swift",
      shownBy: "HebbTrainingTests/SearchPathTests.swift:updatesOfAnEpoch"),
    TextbookSystem(
      "error-surface", "error surface; stuck with large slopes",
      in: "HebbPlot/Charts/Contours.swift",
      shownBy: "HebbTrainingTests/SearchPathTests.swift:aPathThatJumpsAcrossTheValley"),
    TextbookSystem(
      "grad-zero-points", "points without a slope",
      in: "HebbOptim/Descent.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizationTests.swift:zeroSlopeIsNotAlwaysAMinimum"),
    TextbookSystem(
      "simulated-annealing", "simulated annealing",
      in: "HebbOptim/SimulatedAnnealing.swift",
      shownBy: "HebbOptimTests/Demonstrations/SpinGlassTests.swift:annealingFindsTheGroundState"),
    TextbookSystem(
      "multi-start", "several starts",
      in: "HebbOptim/Descent.swift",
      shownBy:
        "HebbOptimTests/Demonstrations/OptimizationTests.swift:severalStartsFindABetterMinimum"),
    TextbookSystem(
      "lagrange-duality", "Lagrangian of a constraint",
      in: "HebbOptim/NormConstraint.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizationTests.swift:aNormPenaltyIsAConstraint"),
    TextbookSystem(
      "local-global-min", "local and global minimum",
      in: "HebbOptim/Descent.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizationTests.swift:localAndGlobalMinimum"),
    TextbookSystem(
      "batch-size-effect", "small and large batches",
      in: "HebbRecipes/Studies/BatchSizeStudy.swift", shownBy: "recipe batch-size"),
  ]
}
