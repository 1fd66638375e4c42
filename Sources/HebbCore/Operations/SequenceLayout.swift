/// What the walks of LSTM and GRU over whole sequences share. They keep every part of every state in one
/// tensor `[parts, times + 1, batch, hidden]`, the state before the first time at the end that the walk
/// comes from.
struct SequenceLayout: Sendable {
  /// The number of times.
  let times: Int
  /// Whether the sequence is read from its end.
  let isReversed: Bool

  /// The places of the states after each time.
  var after: Range<Int> { isReversed ? 0..<times : 1..<times + 1 }
  /// The places of the states before each time.
  var before: Range<Int> { isReversed ? 1..<times + 1 : 0..<times }
  /// The times in the order of reading.
  var order: [Int] { isReversed ? (0..<times).reversed() : Array(0..<times) }

  func placeAfter(_ time: Int) -> Int { after.lowerBound + time }
  func placeBefore(_ time: Int) -> Int { before.lowerBound + time }

  /// A part of what is kept at some places, `[places, batch, hidden]`, cut out in one go.
  func cut(_ kept: Tensor, part: Int, _ places: Range<Int>) -> Tensor {
    let sizes: Shape = [1, places.count, kept.shape[2], kept.shape[3]]
    let slice = Slice(
      starts: [part, places.lowerBound, 0, 0], sizes: sizes, steps: [1, 1, 1, 1])
    return record(slice, kept).squeezingShape(at: 0)
  }

  /// The states of a part after each time, from those after each time in the order of reading, and the
  /// one before: `[times + 1, batch, hidden]`.
  func arranged(_ first: Tensor, _ states: [Tensor]) -> Tensor {
    let read = [first] + states
    return stack(isReversed ? read.reversed() : read)
  }

  /// The cotangents of the first parts after each time, where a cotangent of what is kept consists of
  /// nothing else: of insertions into zeros, which is what `cut` leads to.
  ///
  /// - Returns: For each part its cotangent `[times, batch, hidden]`, nil for zero; nil if there is more.
  func cotangents(_ cotangent: Tensor, ofParts parts: Int) -> [Tensor?]? {
    var found: [Tensor?] = Array(repeating: nil, count: parts)
    var terms = [cotangent]
    while let term = terms.popLast() {
      let inputs = (0..<term.node.inputs.count).map { Tensor(term.node.inputs.node($0)) }
      if let sum = term.node.primitive as? Elementwise, sum.name == "add",
        inputs.count == 2, inputs.allSatisfy({ $0.shape == term.shape })
      {
        terms += [inputs[1], inputs[0]]
        continue
      }
      guard let insertion = term.node.primitive as? SliceInsert, let values = inputs.first,
        insertion.starts[0] < parts, insertion.starts[1] == after.lowerBound,
        insertion.steps == [1, 1, 1, 1],
        values.shape == [1, times, term.shape[2], term.shape[3]]
      else { return nil }
      let part = insertion.starts[0]
      let states = values.squeezingShape(at: 0)
      found[part] = found[part].map { $0 + states } ?? states
    }
    return found
  }
}

/// The oracles' walks, unit by unit.
extension SequenceLayout {
  /// What is kept, of the given type.
  ///
  /// - Parameters:
  ///   - type: `[parts, times + 1, batch, hidden]`.
  ///   - starts: The first parts before the first time, `[batch, hidden]`.
  ///   - cell: All parts of a unit after a time, from the first parts of its sequence's units before it.
  /// - Returns: All parts at all times.
  func walk(
    _ type: TensorType, from starts: [HostArray],
    _ cell: (
      _ time: Int, _ sequence: Int, _ unit: Int, _ before: (_ part: Int, _ unit: Int) -> Double
    ) -> [Double]
  ) -> HostArray {
    let (batch, hidden) = (type.shape[2], type.shape[3])
    var kept = HostArray(zeros: type)
    func place(_ part: Int, _ row: Int, _ sequence: Int, _ unit: Int) -> Int {
      ((part * (times + 1) + row) * batch + sequence) * hidden + unit
    }
    for (part, start) in starts.enumerated() {
      let first = place(part, isReversed ? times : 0, 0, 0)
      for k in 0..<batch * hidden { kept.set(first + k, from: start, k) }
    }
    for time in order {
      for sequence in 0..<batch {
        for unit in 0..<hidden {
          let values = cell(time, sequence, unit) { part, other in
            kept.real(place(part, placeBefore(time), sequence, other))
          }
          for (part, value) in values.enumerated() {
            kept.set(place(part, placeAfter(time), sequence, unit), real: value)
          }
        }
      }
    }
    return kept
  }

  /// What a unit reads on the way back.
  struct Moment {
    /// Where it stands in what has the shape `[times, batch, hidden]`.
    var place: Int
    /// The parts after this time.
    var after: [Double]
    /// The parts before it.
    var before: [Double]
    /// The cotangent of h, with what comes from the times that were read later, through the product.
    var slope: Double
  }

  /// The cotangents of what the gates add up, and behind all times what is carried to before the first
  /// one.
  ///
  /// - Parameters:
  ///   - type: `[times + 1, batch, 4 hidden]`.
  ///   - dh: The cotangents of h, `[times, batch, hidden]`.
  ///   - kept: What was kept.
  ///   - weights: For each cotangent of a sequence that reaches h through the product, the weight to a unit.
  ///   - cell: The four cotangents of a unit, from what is carried, which it replaces.
  /// - Returns: The cotangents of all times, and the last carry.
  func walkBack(
    _ type: TensorType, _ dh: HostArray, _ kept: HostArray,
    weights: (_ unit: Int) -> [Double], _ cell: (Moment, _ carry: inout Double) -> [Double]
  ) -> HostArray {
    let (batch, hidden) = (type.shape[1], type.shape[2] / 4)
    let parts = kept.type.shape[0]
    let columns = (0..<hidden).map(weights)
    var slopes = HostArray(zeros: type)
    var carry = Array(repeating: 0.0, count: batch * hidden)
    var following: Int?
    for time in order.reversed() {
      for state in 0..<batch * hidden {
        let (sequence, unit) = (state / hidden, state % hidden)
        func values(_ row: Int) -> [Double] {
          (0..<parts).map { kept.real(($0 * (times + 1) + row) * batch * hidden + state) }
        }
        let place = time * batch * hidden + state
        var slope = dh.real(place)
        if let following {
          for (row, weight) in columns[unit].enumerated() {
            slope += slopes.real((following * batch + sequence) * 4 * hidden + row) * weight
          }
        }
        let moment = Moment(
          place: place, after: values(placeAfter(time)), before: values(placeBefore(time)),
          slope: slope)
        for (gate, value) in cell(moment, &carry[state]).enumerated() {
          let target = (time * batch + sequence) * 4 * hidden + gate * hidden + unit
          slopes.set(target, real: value)
        }
      }
      following = time
    }
    for state in 0..<batch * hidden {
      let place = (times * batch + state / hidden) * 4 * hidden + state % hidden
      slopes.set(place, real: carry[state])
    }
    return slopes
  }
}

/// The cotangents of the inputs of a primitive from its composition of other operations: differentiable
/// like these.
func compositionPullback(
  _ cotangent: Tensor, _ inputs: [Tensor], _ composition: ([Tensor]) -> Tensor
) -> [Tensor?] {
  // New nodes, so that an input that depends on another one does not count twice.
  let points = inputs.map { record(Reshape(shape: $0.shape), $0) }
  return gradients(of: composition(points), for: points, cotangent: cotangent)
}

/// `[times, batch, features]` → `[times · batch, features]`.
func joiningTimes(_ x: Tensor) -> Tensor { x.reshaped(to: [-1, x.shape[2]]) }
