import HebbCore
import HebbIO
import HebbNN

extension ModelTable {
  /// Recurrent layers as PyTorch has them; their sizes, layers, directions and biases are those of
  /// the weights. Settings: `batch_first`, and `nonlinearity` of `rnn`.
  static let recurrent: [NamedModel] = [
    NamedModel(
      "rnn", "input [time, batch, inputs], h0 → output, hn; settings batch_first, nonlinearity"
    ) { call in
      try call.expectInputs("input", "h0")
      let form = try RecurrentForm(call, gates: 1)
      var random = PhiloxGenerator(seed: 0)
      let activation: RNNCell.Activation
      switch call.settings["nonlinearity"] ?? "tanh" {
      case "tanh": activation = .tanh
      case "relu": activation = .relu
      default:
        throw DataError("expected the setting nonlinearity to be tanh or relu, found another value")
      }
      let layer = RNN(
        inputs: form.inputs, hidden: form.hidden, activation: activation, form.options,
        using: &random)
      let report = try call.load(into: layer)
      let (input, states) = try form.arrays(call, "h0")
      let result = layer.read(input, from: states[0])
      return ModelResult(["output": result.outputs, "hn": result.hidden], report: report)
    },
    NamedModel("lstm", "input [time, batch, inputs], h0, c0 → output, hn, cn; setting batch_first")
    {
      call in
      try call.expectInputs("input", "h0", "c0")
      let form = try RecurrentForm(call, gates: 4)
      var random = PhiloxGenerator(seed: 0)
      let layer = LSTM(
        inputs: form.inputs, hidden: form.hidden, projection: form.projection, form.options,
        using: &random)
      let report = try call.load(into: layer)
      let (input, states) = try form.arrays(call, "h0", "c0")
      var initial: LSTMCell.State?
      if let hidden = states[0], let cell = states[1] {
        initial = LSTMCell.State(hidden: hidden, cell: cell)
      } else if states[0] != nil || states[1] != nil {
        throw DataError(
          call.inputsName, "expected both h0 and c0 for the model lstm, found one; add the other")
      }
      let result = layer.read(input, from: initial)
      return ModelResult(
        ["output": result.outputs, "hn": result.state.hidden, "cn": result.state.cell],
        report: report)
    },
    NamedModel("gru", "input [time, batch, inputs], h0 → output, hn; setting batch_first") { call in
      try call.expectInputs("input", "h0")
      let form = try RecurrentForm(call, gates: 3)
      var random = PhiloxGenerator(seed: 0)
      let layer = GRU(
        inputs: form.inputs, hidden: form.hidden, form.options, using: &random)
      let report = try call.load(into: layer)
      let (input, states) = try form.arrays(call, "h0")
      let result = layer.read(input, from: states[0])
      return ModelResult(["output": result.outputs, "hn": result.hidden], report: report)
    },
  ]
}

/// The form of a recurrent stack, as its weights tell it.
private struct RecurrentForm {
  let inputs: Int
  let hidden: Int
  /// The size of h where it is not that of c.
  let projection: Int?
  let options: RecurrentOptions

  init(_ call: ModelCall, gates: Int) throws(DataError) {
    let weight = try call.sizes(of: "weight_ih_l0", "\(gates) hidden", "inputs")
    guard weight[0].isMultiple(of: gates) else {
      throw DataError(
        call.weightsName,
        "expected \(gates) times the hidden size as first axis of \"weight_ih_l0\", found "
          + "\(weight[0]); check that these are weights of the model \(call.model)")
    }
    inputs = weight[1]
    hidden = weight[0] / gates
    let state = try call.sizes(of: "weight_hh_l0", "\(gates) hidden", "h")[1]
    projection = call.weights["weight_hr_l0"] == nil ? nil : state
    guard call.weights["weight_hr_l0"] == nil || state < weight[0] / gates else {
      throw DataError(
        call.weightsName,
        "expected a projection below the hidden size \(hidden), found \(state); check the weights")
    }
    var layers = 1
    while call.weights["weight_ih_l\(layers)"] != nil { layers += 1 }
    var isBatchFirst = false
    if let setting = call.settings["batch_first"] {
      guard let value = setting.boolValue else {
        throw DataError("expected the setting batch_first to be true or false, found another value")
      }
      isBatchFirst = value
    }
    options = RecurrentOptions(
      layers: layers, bias: call.weights["bias_ih_l0"] != nil, batchFirst: isBatchFirst,
      bidirectional: call.weights["weight_ih_l0_reverse"] != nil)
  }

  /// The input and the states before it, checked.
  func arrays(
    _ call: ModelCall, _ names: String...
  ) throws(DataError) -> (input: Tensor, states: [Tensor?]) {
    let isBatchFirst = options.isBatchFirst
    let input = try call.input(
      "input", isBatchFirst ? "batch" : "time", isBatchFirst ? "time" : "batch", .size(inputs))
    let batch = input.shape[isBatchFirst ? 0 : 1]
    let count = options.layers * (options.isBidirectional ? 2 : 1)
    var states: [Tensor?] = []
    for name in names {
      let size = name == "h0" ? projection ?? hidden : hidden
      states.append(try call.optionalInput(name, .size(count), .size(batch), .size(size)))
    }
    return (input, states)
  }
}
