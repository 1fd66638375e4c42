import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct RecurrentTests {
  /// Sums over several times and layers: a few times the error of PyTorch's own single precision.
  static func tolerance(_ precision: Precision) -> Double { max(precision.tolerance, 1e-7) * 3 }

  @Test(arguments: ["rnn", "rnn_relu_stacked"], Precision.both)
  func rnnAgreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let isStacked = name == "rnn_relu_stacked"
    let layer = RNN(
      inputs: 3, hidden: 5, activation: isStacked ? .relu : .tanh,
      .init(layers: isStacked ? 2 : 1, bias: !isStacked), using: &random)
    try expectGolden(
      Golden("recurrent", name), layer, precision, inputs: ["input", "h"],
      outputs: ["output", "output_h"], tolerance: Self.tolerance(precision)
    ) {
      let result = layer.read($0[0], from: $0[1])
      return [result.outputs, result.hidden]
    }
  }

  static let lstm: [String: (RecurrentOptions, Int?)] = [
    "lstm": (.init(), nil),
    "lstm_stacked_bidirectional": (.init(layers: 2, batchFirst: true, bidirectional: true), nil),
    "lstm_projection": (.init(layers: 2, bidirectional: true), 2),
    "lstm_packed": (.init(layers: 2, batchFirst: true, bidirectional: true), nil),
  ]

  @Test(arguments: lstm.keys.sorted(), Precision.both)
  func lstmAgreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let (options, projection) = try #require(Self.lstm[name])
    let layer = LSTM(inputs: 3, hidden: 5, projection: projection, options, using: &random)
    let golden = try Golden("recurrent", name)
    try expectGolden(
      golden, layer, precision, inputs: ["input", "h", "c"],
      outputs: ["output", "output_h", "output_c"], tolerance: Self.tolerance(precision)
    ) {
      let result = layer.read(
        $0[0], from: .init(hidden: $0[1], cell: $0[2]),
        lengths: golden.has("lengths") ? golden["lengths"] : nil)
      return [result.outputs, result.state.hidden, result.state.cell]
    }
  }

  @Test(arguments: ["gru", "gru_stacked_bidirectional", "gru_packed"], Precision.both)
  func gruAgreesWithPyTorch(_ name: String, _ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let layer = GRU(
      inputs: 3, hidden: 5,
      .init(layers: name == "gru_stacked_bidirectional" ? 2 : 1, bidirectional: name != "gru"),
      using: &random)
    let golden = try Golden("recurrent", name)
    try expectGolden(
      golden, layer, precision, inputs: ["input", "h"], outputs: ["output", "output_h"],
      tolerance: Self.tolerance(precision)
    ) {
      let result = layer.read(
        $0[0], from: $0[1], lengths: golden.has("lengths") ? golden["lengths"] : nil)
      return [result.outputs, result.hidden]
    }
  }

  @Test(arguments: Precision.both) func rnnCellAgreesWithPyTorch(_ precision: Precision) throws {
    var random = PhiloxGenerator(seed: 1)
    let cell = RNNCell(inputs: 4, hidden: 5, using: &random)
    let golden = try Golden("recurrent", "rnn_cell")
    try cell.load(
      Dictionary(uniqueKeysWithValues: cell.state().map { ($0.name, golden[$0.name]) }))
    cell.cast(to: precision.dtype)
    let h = golden["h"].cast(to: precision.dtype).source()
    let next = cell(golden["input"].cast(to: precision.dtype), h)
    expectClose(next, golden["output"], within: precision.tolerance)
    let loss = (next * golden["cotangent"].cast(to: precision.dtype)).sum()
    expectClose(
      gradients(of: loss, for: [h])[0], golden["grad_h"], within: precision.tolerance)
  }

  @Test func namesAreThoseOfPyTorch() {
    var random = PhiloxGenerator(seed: 1)
    let layer = LSTM(
      inputs: 3, hidden: 5, projection: 2, .init(layers: 2, bidirectional: true), using: &random)
    let names = layer.state().map(\.name)
    #expect(
      names.prefix(6) == [
        "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0",
        "weight_ih_l0_reverse",
      ])
    #expect(names.count == 20 && names.last == "weight_hr_l1_reverse")
  }

  @Test func oneSequenceAndBothLayoutsAgree() {
    var random = PhiloxGenerator(seed: 2)
    let layer = GRU(inputs: 3, hidden: 4, using: &random)
    var again = PhiloxGenerator(seed: 2)
    let batchFirst = GRU(inputs: 3, hidden: 4, .init(batchFirst: true), using: &again)
    let x = Tensor.sample([5, 2, 3], 1)
    expectClose(layer(x), batchFirst(x.transposed(0, 1)).transposed(0, 1), within: 1e-6)
    let one = x.slice(axis: 1, 1..<2).squeezingShape(at: 1)
    expectClose(layer(one), layer(x).slice(axis: 1, 1..<2).squeezingShape(at: 1), within: 1e-6)
  }

  /// What stands behind the end of a sequence changes nothing, and gets no gradient.
  @Test func lengthsHideWhatIsBehindTheEnd() {
    var random = PhiloxGenerator(seed: 3)
    let layer = LSTM(inputs: 3, hidden: 4, .init(layers: 2, bidirectional: true), using: &random)
    let lengths = Tensor([5, 2])
    let x = Tensor.sample([5, 2, 3], 1).source()
    let result = layer.read(x, lengths: lengths)
    let alone = layer.read(x.slice(axis: 1, 1..<2)[0..<2])
    expectClose(result.outputs.slice(axis: 1, 1..<2)[0..<2], alone.outputs, within: 1e-6)
    expectClose(
      result.state.hidden.slice(axis: 1, 1..<2), alone.state.hidden, within: 1e-6)
    let slope = gradients(of: square(result.outputs).sum(), for: [x])[0]
    #expect(slope.slice(axis: 1, 1..<2)[2..<5].doubles().allSatisfy { $0 == 0 })
    #expect(slope[4].doubles().contains { $0 != 0 })
  }

  /// Many rows are one operation, few are composed: forward and backward, to the states as well.
  @Test(arguments: [false, true]) func oneTimeOfManyRowsAgreesWithFew(isLSTM: Bool) throws {
    var random = PhiloxGenerator(seed: 4)
    let gru = GRU(inputs: 3, hidden: 5, .init(layers: 2), using: &random)
    let lstm = LSTM(inputs: 3, hidden: 5, .init(layers: 2), using: &random)
    func numbers(_ shape: Shape, _ name: String) -> Tensor {
      Tensor.normal(shape, using: random.mixing(name)).evaluated().source()
    }
    let (x, h, c) = (
      numbers([1, 20, 3], "x"), numbers([2, 20, 5], "h"), numbers([2, 20, 5], "c")
    )
    let cotangent = Tensor.normal([1, 20, 5], using: random.mixing("cotangent")).evaluated()
    func parts(_ size: Int) -> [Tensor] {
      let read = stride(from: 0, to: 20, by: size).map { start -> [Tensor] in
        func rows(_ x: Tensor) -> Tensor { x.slice(axis: 1, start..<start + size) }
        guard isLSTM else {
          let result = gru.read(rows(x), from: rows(h))
          return [result.outputs, result.hidden]
        }
        let result = lstm.read(rows(x), from: .init(hidden: rows(h), cell: rows(c)))
        return [result.outputs, result.state.hidden, result.state.cell]
      }
      return read[0].indices.map { i in concatenate(read.map { $0[i] }, axis: 1) }
    }
    let (whole, halves) = (parts(20), parts(10))
    for (whole, halves) in zip(whole, halves) { expectClose(whole, halves, within: 1e-6) }
    let boxes = (isLSTM ? lstm.numberedParameters : gru.numberedParameters).map(\.box)
    let parameters =
      (isLSTM ? [x, h, c] : [x, h]) + boxes.compactMap(\.tensor)
    let slopes = [whole, halves].map { parts in
      let loss = parts.enumerated().reduce((parts[0] * cotangent).sum()) {
        $0 + ($1.element * cotangent * Double($1.offset)).sum()
      }
      return gradients(of: loss, for: parameters)
    }
    // Sums over 20 rows of single precision.
    for (whole, halves) in zip(slopes[0], slopes[1]) { expectClose(whole, halves, within: 5e-6) }
  }

  @Test func dropoutBetweenLayersIsForTrainingOnly() {
    var random = PhiloxGenerator(seed: 4)
    let layer = RNN(inputs: 3, hidden: 8, .init(layers: 2, dropout: 0.5), using: &random)
    let x = Tensor.sample([4, 2, 3], 1)
    #expect(layer(x).doubles() != layer(x).doubles())
    #expect(layer.eval()(x).doubles() == layer(x).doubles())
    #expect(layer.state().map(\.name).last == "dropout.draws")
  }

  @Test func aWrongInputStopsWithTheLayout() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var random = PhiloxGenerator(seed: 1)
      _ = LSTM(inputs: 3, hidden: 4, using: &random)(.zeros([5, 2, 7]))
    }
    let sentence = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(sentence.contains("LSTM: expects [time, batch, 3 features]"))
    #expect(sentence.contains("not [5, 2, 7]"))
  }
}
