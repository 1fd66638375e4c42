import HebbCore

/// The form of a stack of recurrent layers, with PyTorch's defaults.
public struct RecurrentOptions: Sendable, Hashable {
  /// How many layers stand one above the other.
  public var layers: Int
  /// Whether there are biases.
  public var bias: Bool
  /// Whether sequences are `[batch, time, features]` instead of `[time, batch, features]`.
  public var isBatchFirst: Bool
  /// The probability with which outputs between two layers are dropped in training.
  public var dropout: Double
  /// Whether a second set of weights reads the sequence from its end.
  public var isBidirectional: Bool

  /// A form.
  ///
  /// - Parameters:
  ///   - layers: How many layers stand one above the other.
  ///   - bias: Whether there are biases.
  ///   - batchFirst: Whether sequences are `[batch, time, features]`.
  ///   - dropout: The probability of dropout between two layers.
  ///   - bidirectional: Whether a second set of weights reads from the end.
  public init(
    layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false
  ) {
    self.layers = layers
    self.bias = bias
    isBatchFirst = batchFirst
    self.dropout = dropout
    isBidirectional = bidirectional
  }
}

/// What a recurrent layer gives: the outputs of its last layer at each time, and the last states.
public struct RecurrentOutput: Sendable {
  /// h of the last layer, the layout of the input with directions · hidden features; 0 behind the end
  /// of a shorter sequence.
  public let outputs: Tensor
  /// h after the last time, `[layers · directions, batch, hidden]`, directions side by side.
  public let hidden: Tensor
}

/// The weights of one direction of one layer.
struct RecurrentWeights {
  let input, hidden: Tensor
  let inputBias, hiddenBias: Tensor?
  let projection: Tensor?

  /// The sum of both biases, for units that add them at the same place.
  var bias: Tensor? {
    guard let inputBias, let hiddenBias else { return nil }
    return inputBias + hiddenBias
  }
}

/// What `RNN`, `LSTM` and `GRU` share: the boxes of the weights and the walk over layers, directions
/// and time. The inputs of all times are multiplied at once.
final class RecurrentStack {
  /// One step: the state after the input that is multiplied by W already.
  typealias Step = (_ projected: Tensor, _ state: [Tensor], _ weights: RecurrentWeights) -> [Tensor]
  /// All steps in one operation, over the input that is multiplied by W already: each part of the state
  /// after each time, `[times, batch, size]`.
  typealias Walk = (
    _ projected: Tensor, _ state: [Tensor], _ weights: RecurrentWeights, _ isReversed: Bool
  ) -> [Tensor]

  private struct Boxes {
    let suffix: String
    let input, hidden: ParameterBox
    let inputBias, hiddenBias: ParameterBox?
    let projection: ParameterBox?

    var tensors: RecurrentWeights {
      RecurrentWeights(
        input: .from(input.tensor, named: input.path),
        hidden: .from(hidden.tensor, named: hidden.path), inputBias: inputBias?.tensor,
        hiddenBias: hiddenBias?.tensor, projection: projection?.tensor)
    }
  }

  let kind: String
  let options: RecurrentOptions
  let inputs, hidden: Int
  /// The size of h.
  let outputs: Int
  private let boxes: [Boxes]

  var directions: Int { options.isBidirectional ? 2 : 1 }

  /// Weights uniform in ±1/√hidden, in PyTorch's order.
  init(
    _ kind: String, gates: Int, inputs: Int, hidden: Int, projection: Int?,
    _ options: RecurrentOptions, using generator: inout PhiloxGenerator
  ) {
    guard options.layers > 0, hidden > 0, projection.map({ 0 < $0 && $0 < hidden }) ?? true else {
      stop(
        "\(kind): needs a layer or more, not \(options.layers), a hidden size above 0, not "
          + "\(hidden), and a projection below it, not \(projection ?? 0)")
    }
    self.kind = kind
    self.options = options
    (self.inputs, self.hidden, outputs) = (inputs, hidden, projection ?? hidden)
    let bound = 1 / Double(hidden).squareRoot()
    func fresh(_ shape: Shape) -> ParameterBox {
      ParameterBox(Initializer.uniform(-bound..<bound)(shape, using: &generator))
    }
    let directions = options.isBidirectional ? 2 : 1
    var boxes: [Boxes] = []
    for layer in 0..<options.layers {
      let features = layer == 0 ? inputs : outputs * directions
      for direction in 0..<directions {
        let rows = gates * hidden
        boxes.append(
          Boxes(
            suffix: "_l\(layer)" + (direction == 0 ? "" : "_reverse"),
            input: fresh([rows, features]), hidden: fresh([rows, outputs]),
            inputBias: options.bias ? fresh([rows]) : nil,
            hiddenBias: options.bias ? fresh([rows]) : nil,
            projection: projection.map { fresh([$0, hidden]) }))
      }
    }
    self.boxes = boxes
  }

  var numberedParameters: [(name: String, box: ParameterBox)] {
    boxes.flatMap { set -> [(name: String, box: ParameterBox)] in
      let named: [(String, ParameterBox?)] = [
        ("weight_ih", set.input), ("weight_hh", set.hidden), ("bias_ih", set.inputBias),
        ("bias_hh", set.hiddenBias), ("weight_hr", set.projection),
      ]
      return named.compactMap { name, box in box.map { (name + set.suffix, $0) } }
    }
  }

  /// The masks of dropout between layers; nil without.
  func dropout(using generator: inout PhiloxGenerator) -> Dropout? {
    options.dropout > 0 ? Dropout(options.dropout, using: &generator) : nil
  }

  /// Walks over a batch of sequences.
  ///
  /// - Parameters:
  ///   - x: In the layout of the options, or one sequence `[time, features]`.
  ///   - initial: The parts of the state, each `[layers · directions, batch, size]`; zeros where nil.
  ///   - sizes: The sizes of these parts.
  ///   - lengths: The number of times of each sequence, `int64` `[batch]`; all where nil.
  ///   - dropout: Between layers.
  ///   - bias: What is added to the product with the input, for a walk and for steps.
  ///   - walk: All steps at once, in single precision and where all sequences are equally long.
  ///   - step: One step.
  /// - Returns: Outputs in the layout of x, and the parts of the last state.
  func run(
    _ x: Tensor, _ initial: [Tensor]?, sizes: [Int], lengths: Tensor?, dropout: Dropout?,
    bias: (_ weights: RecurrentWeights, _ isWalk: Bool) -> Tensor?, walk: Walk? = nil, _ step: Step
  ) -> (outputs: Tensor, state: [Tensor]) {
    if x.rank == 2 {
      let batchAxis = options.isBatchFirst ? 0 : 1
      let (outputs, state) = run(
        x.expandingShape(at: batchAxis), initial?.map { $0.expandingShape(at: 1) }, sizes: sizes,
        lengths: lengths, dropout: dropout, bias: bias, walk: walk, step)
      return (
        outputs.squeezingShape(at: batchAxis), state.map { $0.squeezingShape(at: 1) }
      )
    }
    guard x.rank == 3, x.shape[2] == inputs, x.shape[options.isBatchFirst ? 1 : 0] > 0 else {
      let layout = options.isBatchFirst ? "[batch, time, " : "[time, batch, "
      stop("\(kind): expects \(layout)\(inputs) features] with a time or more, not \(x.shape)")
    }
    var sequence = options.isBatchFirst ? x.transposed(0, 1) : x  // [time, batch, features]
    let (times, batch) = (sequence.shape[0], sequence.shape[1])
    check(initial, sizes, lengths, batch: batch)
    let start =
      initial ?? sizes.map { .zeros([boxes.count, batch, $0], dtype: x.dtype) }
    let isAlive = lengths.map { lengths in
      (0..<times).map { (Tensor($0) .< lengths).expandingShape(at: 1) }
    }
    var last: [[Tensor]] = []
    for layer in 0..<options.layers {
      if layer > 0, let dropout { sequence = dropout(sequence) }
      let read = (0..<directions).map { direction -> Tensor in
        let index = layer * directions + direction
        let weights = boxes[index].tensors
        // A single time of few rows is not worth the packing of the weights.
        let isWalk =
          walk != nil && lengths == nil && batch > 0 && (times > 1 || batch >= 16)
          && (sequence.dtype == .float32 || sequence.dtype == .bfloat16)
        // [time, batch, gates · hidden]
        let projected = affine(sequence, weights.input, bias(weights, isWalk))
        var state = start.map { $0[index] }
        if let walk, isWalk {
          let states = walk(projected, state, weights, direction == 1)
          last.append(states.map { $0[direction == 0 ? times - 1 : 0] })
          return states[0]
        }
        var outputs: [Tensor] = []
        for position in 0..<times {
          let time = direction == 0 ? position : times - 1 - position
          let next = step(projected[time], state, weights)
          guard let isAlive else {
            state = next
            outputs.append(next[0])
            continue
          }
          state = zip(next, state).map { select(isAlive[time], $0, $1) }
          outputs.append(select(isAlive[time], next[0], next[0].filled(with: 0)))
        }
        last.append(state)
        return stack(direction == 0 ? outputs : outputs.reversed())
      }
      sequence = read.count == 1 ? read[0] : concatenate(read, axis: 2)
    }
    let state = sizes.indices.map { part in stack(last.map { $0[part] }) }
    return (options.isBatchFirst ? sequence.transposed(0, 1) : sequence, state)
  }

  private func check(_ initial: [Tensor]?, _ sizes: [Int], _ lengths: Tensor?, batch: Int) {
    for (part, size) in zip(initial ?? [], sizes) {
      let expected: Shape = [boxes.count, batch, size]
      guard part.shape == expected else {
        stop(
          "\(kind): the initial state is \(expected), [layers · directions, batch, size], "
            + "not \(part.shape)")
      }
    }
    if let lengths, lengths.type != TensorType([batch], .int64) {
      stop("\(kind): lengths are int64 [\(batch)], one for each sequence, not \(lengths.type)")
    }
  }
}
