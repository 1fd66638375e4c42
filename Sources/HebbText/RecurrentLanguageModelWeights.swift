import HebbCore
import HebbIO
import HebbNN

extension RecurrentLanguageModel.Form {
  /// The sizes that weights under PyTorch's names have.
  ///
  /// - Parameters:
  ///   - weights: `rnn.weight_ih_l0`, …, `decoder.weight`.
  ///   - file: Where they come from, for messages.
  /// - Throws: `DataError` if they are no weights of such a model.
  public init(of weights: [String: Tensor], file: String) throws(DataError) {
    guard let decoder = weights["decoder.weight"], decoder.rank == 2,
      let recurrent = weights["rnn.weight_hh_l0"], recurrent.rank == 2, recurrent.shape[1] > 0,
      recurrent.shape[0].isMultiple(of: recurrent.shape[1]), decoder.shape[0] > 0
    else {
      throw DataError(
        file,
        "expected the weights of a recurrent language model, \"rnn.weight_hh_l0\" and "
          + "\"decoder.weight\" among them, found others; check the file")
    }
    let units: [Int: RecurrentLanguageModel.Unit] = [4: .lstm, 3: .gru, 1: .rnn]
    guard let unit = units[recurrent.shape[0] / recurrent.shape[1]] else {
      throw DataError(
        file,
        "expected 4, 3 or 1 times as many rows as columns in \"rnn.weight_hh_l0\", found "
          + "\(recurrent.shape); check the file")
    }
    var layers = 1
    while weights["rnn.weight_hh_l\(layers)"] != nil { layers += 1 }
    let encoder = weights["encoder.weight"]
    guard encoder.map({ $0.rank == 2 && $0.shape[1] > 0 }) ?? true else {
      throw DataError(file, "expected a matrix as \"encoder.weight\", found another shape")
    }
    self.init(
      unit, vocabulary: decoder.shape[0], width: encoder?.shape[1], hidden: recurrent.shape[1],
      layers: layers)
  }
}

extension RecurrentLanguageModel {
  /// Weights under PyTorch's names from those of ml5's character models, which were trained with
  /// TensorFlow's `BasicLSTMCell`: one matrix for x and h, gates in the order i, g, f, o, and 1 added
  /// to f.
  ///
  /// - Parameters:
  ///   - weights: `embedding`, `lstm0.kernel`, `lstm0.bias`, …, `softmax_w`, `softmax_b`; others are
  ///     passed on as they are.
  ///   - file: Where they come from, for messages.
  /// - Returns: The weights of a `RecurrentLanguageModel`.
  /// - Throws: `DataError` if shapes do not belong together.
  public static func pyTorchWeights(
    _ weights: [String: Tensor], file: String
  ) throws(DataError) -> [String: Tensor] {
    guard weights["lstm0.kernel"] != nil else { return weights }
    var result: [String: Tensor] = [:]
    var layer = 0
    while let kernel = weights["lstm\(layer).kernel"] {
      guard let bias = weights["lstm\(layer).bias"], kernel.rank == 2, bias.rank == 1,
        kernel.shape[1] == bias.count, bias.count.isMultiple(of: 4),
        kernel.shape[0] > bias.count / 4
      else {
        throw DataError(
          file,
          "expected \"lstm\(layer).kernel\" as [inputs + hidden, 4 hidden] and a bias to it, found "
            + "\(kernel.shape); check the file")
      }
      let inputs = kernel.shape[0] - bias.count / 4
      let gates = kernel.split(4, axis: 1)
      let ordered = concatenate([gates[0], gates[2], gates[1], gates[3]], axis: 1).transposed()
      let biases = bias.split(4, axis: 0)
      result["rnn.weight_ih_l\(layer)"] = ordered.slice(axis: 1, 0..<inputs)
      result["rnn.weight_hh_l\(layer)"] = ordered.slice(axis: 1, inputs..<kernel.shape[0])
      result["rnn.bias_ih_l\(layer)"] = concatenate(
        [biases[0], biases[2] + 1, biases[1], biases[3]])
      result["rnn.bias_hh_l\(layer)"] = bias.filled(with: 0)
      layer += 1
    }
    result["encoder.weight"] = weights["embedding"]
    guard let scores = weights["softmax_w"], scores.rank == 2 else {
      throw DataError(file, "expected a matrix \"softmax_w\", found none; check the file")
    }
    result["decoder.weight"] = scores.transposed()
    result["decoder.bias"] = weights["softmax_b"]
    return result.mapValues { $0.evaluated() }
  }
}
