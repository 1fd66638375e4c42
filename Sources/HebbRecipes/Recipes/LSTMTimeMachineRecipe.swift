import Glibc
import HebbData
import HebbPlot
import HebbText
import HebbTraining

extension Recipe {
  /// A long short-term memory that learns the beginning of a novel by heart.
  ///
  /// The state is carried from block to block, also from the end of a pass to the beginning of the next,
  /// where the book begins at zeros again.
  ///
  /// - SeeAlso: Zhang et al., "Dive into Deep Learning", §9.2 (zh), §10.1 (en): "concise implementation".
  public static var lstmTimeMachine: Recipe {
    let streams = 32
    var training = Hyperparameters(
      optimizer: .sgd,
      rate: 1,  // gradients are short: clipped, and a mean over 1,120 letters
      batchSize: streams, epochs: 500)
    training.clipNorm = 1
    training.logSteps = 100
    var recipe = Recipe(
      name: "lstm-timemachine", title: "A long short-term memory on The Time Machine",
      model: {
        RecurrentLanguageModel(
          .init(
            .lstm, vocabulary: TimeMachineData.characterCount, hidden: 256, carriedRows: streams),
          seed: $0)
      }, data: TimeMachineData(length: 35, streams: streams, limit: 10_000), training: training,
      quick: QuickForm(epochs: 200),
      expected: [
        .within(
          0...Glibc.log(1.3), "train_loss",
          source: "d2l, LSTM concise, 500 epochs: perplexity 1.1, 1.0 to 1.3 over published runs")
      ])
    recipe.sections = { model, _ in
      guard let model = model as? RecurrentLanguageModel else { return [] }
      let isTraining = model.isTraining
      model.eval()
      defer { if isTraining { model.train() } }
      let vocabulary = TimeMachine.vocabulary
      let rows = try ["time traveller", "traveller", "it is "].map { beginning in
        let tokens = try vocabulary.encode(beginning)
        let added = model.generate(after: tokens, count: 120, TokenSampling(temperature: 0))
        return [beginning, vocabulary.decode(added)]
      }
      return [
        HTMLReport.Section(
          "Texts", lead: "How the model goes on, always with the likeliest letter.",
          blocks: [.table(HTMLReport.Table(["Beginning", "Continuation"], rows: rows))])
      ]
    }
    return recipe
  }
}
