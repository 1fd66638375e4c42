extension TextbookSystem {
  /// Learning-rate schedules and training dynamics.
  static let training: [TextbookSystem] = [
    TextbookSystem(
      "early-stopping", "early stopping with patience", in: "HebbTraining/EarlyStopping.swift",
      shownBy: "HebbTrainingTests/TrainerFeatureTests.swift:earlyStoppingRestoresTheBestWeights"),
    TextbookSystem(
      "lr-constant", "the learning rate as a hyperparameter",
      in: "HebbOptim/Schedules/Schedule.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:theRateDecides"),
    TextbookSystem(
      "lr-exponential", "exponentially decaying rate",
      in: "HebbOptim/Schedules/Exponential.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:exponentiallyDecayingRate",
      "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "lr-decay", "rates that fall in steps",
      in: "HebbOptim/Schedules/StepDecay.swift",
      shownBy: "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "lr-warmup", "warm-up",
      in: "HebbOptim/Schedules/Joined.swift",
      shownBy: "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:agreesWithPyTorch",
      "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:schedulesOfDiveIntoDeepLearning",
      "recipe lenet-cosine-warm-up-rate"),
    TextbookSystem(
      "lr-noam", "schedule of the Transformer",
      in: "HebbOptim/Schedules/InverseSquareRoot.swift",
      shownBy: "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:noamIsTheClosedForm",
      "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "lr-scheduler", "schedules as objects",
      in: "HebbOptim/Schedules/Schedule.swift",
      shownBy: "HebbOptimTests/Schedules/ScheduleGoldenTests.swift:schedulesOfDiveIntoDeepLearning",
      "recipe lenet-constant-rate", "recipe lenet-square-root-rate",
      "recipe lenet-multi-factor-rate", "recipe lenet-cosine-rate",
      "recipe lenet-cosine-warm-up-rate"),
    TextbookSystem(
      "lr-per-param", "a rate for each parameter",
      in: "HebbOptim/Adagrad.swift",
      shownBy: "HebbOptimTests/Demonstrations/OptimizationTests.swift:aRateForEachDirection"),
    TextbookSystem(
      "overfit-tiny", "fit a tiny data set", in: "HebbRecipes/Rehearsal.swift",
      shownBy: "HebbRecipesTests/FewExamplesTests.swift:fitsEightPictures",
      "HebbRecipesTests/FewExamplesTests.swift:everyNetworkIsInTheList"),
    TextbookSystem(
      "grad-act-monitor", "histograms of activations and gradients",
      in: "HebbTraining/LayerInspection.swift",
      shownBy: "HebbTrainingTests/LayerInspectionTests.swift:findsADeadLayer",
      "HebbTrainingTests/LayerInspectionTests.swift:histogramsCount"),
    TextbookSystem(
      "training-curve", "curves of loss and accuracy", in: "HebbTraining/Report/RunReport.swift",
      shownBy: "HebbTrainingTests/Report/RunReportTests.swift:showsEverything",
      "HebbPlotTests/Terminal/TerminalTests.swift:lineChart",
      "HebbTrainingTests/Progress/ProgressTests.swift:terminalsGetABarThatGoesAway"),
    TextbookSystem(
      "behaviour-visualise", "the model at work: a grid of predictions",
      in: "HebbTraining/Report/RunReport.swift",
      shownBy: "HebbTrainingTests/Report/RunReportTests.swift:showsEverything"),
    TextbookSystem(
      "trainer", "training loop, epochs, batches", in: "HebbTraining/Trainer.swift",
      shownBy: "HebbTrainingTests/TrainerTests.swift:isTheLoopOfTheTextbooks",
      "HebbTrainingTests/TrainerTests.swift:learns", "recipe lenet"),
    TextbookSystem(
      "eval-mode", "training and use; a missing switch is reported",
      in: "HebbNN/Module/UseCheck.swift",
      shownBy: "HebbNNTests/Layers/NormalizationSystemsTests.swift:useIsRepeatable",
      "HebbNNTests/Module/UseCheckTests.swift:aMissingSwitchIsReported",
      "HebbNNTests/Module/UseCheckTests.swift:hiddenPartsAreFound",
      "HebbRecipesTests/RehearsalTests.swift:aDryRunWarnsOfPartsThatAreNeverInUse"),
    TextbookSystem(
      "internal-covariate", "normalization speeds up learning",
      in: "HebbRecipes/Studies/NormalizationSpeedStudy.swift",
      shownBy: "recipe normalization-speed"),
  ]
}
