import HebbText

extension Recipe {
  /// A small GPT that learns Shakespeare's plays character by character.
  ///
  /// - SeeAlso: Karpathy, https://github.com/karpathy/nanoGPT, README, "I only have a macbook".
  public static var nanoGPT: Recipe {
    let context = 64
    // nanoGPT measures every 250 steps of 12 blocks: that is a pass here.
    let data = TinyShakespeareData(length: context, blocks: 250 * 12)
    var training = Hyperparameters(optimizer: .adamW, rate: 1e-3, batchSize: 12, epochs: 8)
    training.weightDecay = 0.1
    training.beta2 = 0.99  // few tokens in a step
    training.clipNorm = 1
    training.schedule = .cosineToTenth
    return Recipe(
      name: "nanogpt-shakespeare", title: "A small GPT on Shakespeare's plays",
      model: {
        GPT2LanguageModel(
          .nano(
            vocabulary: TinyShakespeareData.characterCount, context: context, width: 128, layers: 4,
            heads: 4), seed: $0)
      }, data: data, training: training, quick: QuickForm(epochs: 2),
      expected: [
        .within(
          1.86...1.93, "test_loss",
          source:
            "nanoGPT README: 1.88, estimated from 240 blocks; PyTorch with these numbers on all "
            + "of the last tenth, three seeds: 1.908 to 1.915")
      ])
  }
}
