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
