import HebbCore
import HebbNN
import HebbText

extension ModelTable {
  /// Recurrent language models under the names of PyTorch's example, or of ml5's character models.
  static let recurrentText: [NamedModel] = [
    NamedModel(
      "recurrent-lm",
      "input int64 [batch, time] → logits; weights of PyTorch's word_language_model or of ml5's "
        + "character models"
    ) { call in
      try call.expectInputs("input")
      let weights = try RecurrentLanguageModel.pyTorchWeights(
        call.weights, file: call.weightsName)
      let form = try RecurrentLanguageModel.Form(of: weights, file: call.weightsName)
      let renamed = ModelCall(
        model: call.model, weights: weights, weightsName: call.weightsName, inputs: call.inputs,
        inputsName: call.inputsName, settings: call.settings, isStrict: call.isStrict)
      let tokens = try renamed.integers("input", below: form.vocabulary, shape: nil)
      let model = RecurrentLanguageModel(form, seed: 0).eval()
      let report = try renamed.load(into: model)
      return ModelResult(["logits": model(tokens)], report: report)
    }
  ]
}
