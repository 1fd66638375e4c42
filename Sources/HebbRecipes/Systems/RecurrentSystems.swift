extension TextbookSystem {
  /// Recurrent networks.
  static let recurrent: [TextbookSystem] = [
    TextbookSystem(
      "lstm", "long short-term memory", in: "HebbNN/Layers/LSTM.swift",
      shownBy: "HebbNNTests/Layers/RecurrentTests.swift:lstmAgreesWithPyTorch",
      "HebbTextTests/RecurrentLanguageModelTests.swift:agreesWithPyTorch",
      "recipe lstm-timemachine"),
    TextbookSystem(
      "gru", "gated recurrent unit", in: "HebbNN/Layers/GRU.swift",
      shownBy: "HebbNNTests/Layers/RecurrentTests.swift:gruAgreesWithPyTorch",
      "HebbTextTests/RecurrentLanguageModelTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "rnn-elman", "a recurrent network with an output at each step",
      in: "HebbNN/Layers/RNN.swift",
      shownBy: "HebbNNTests/Layers/RecurrentTests.swift:rnnAgreesWithPyTorch"),
    TextbookSystem(
      "bptt", "back-propagation through time", in: "HebbCore/Operations/LSTMSequence.swift",
      shownBy: "HebbCoreTests/GradientTests.swift:agreesWithDifferences",
      "HebbTextTests/RecurrentLanguageModelTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "truncated-bptt", "back-propagation through time that stops between blocks",
      in: "HebbText/RecurrentLanguageModel.swift",
      shownBy: "HebbTextTests/RecurrentLanguageModelTests.swift:theStateIsCarriedOver",
      "recipe lstm-timemachine"),
    TextbookSystem(
      "text-gen", "texts from a language model", in: "HebbText/RecurrentLanguageModel.swift",
      shownBy: "HebbTextTests/RecurrentLanguageModelTests.swift:generatesWhatItLearned"),
    TextbookSystem(
      "ds-timemachine", "The Time Machine, letter by letter",
      in: "HebbData/Datasets/TimeMachine.swift",
      shownBy: "HebbDataTests/Datasets/TimeMachineTests.swift:hasTheCountsOfTheBook"),
  ]

  /// Models that make pictures.
  static let generative: [TextbookSystem] = [
    TextbookSystem(
      "vae", "variational autoencoder", in: "HebbGenerative/VAE.swift",
      shownBy: "HebbGenerativeTests/VAETests.swift:agreesWithPyTorch", "recipe vae-mnist"),
    TextbookSystem(
      "reparam", "drawing as a differentiable function of mean and deviation",
      in: "HebbGenerative/VAE.swift",
      shownBy: "HebbGenerativeTests/VAETests.swift:agreesWithPyTorch",
      "HebbGenerativeTests/VAETests.swift:pointsHaveMeanAndDeviation"),
  ]
}
