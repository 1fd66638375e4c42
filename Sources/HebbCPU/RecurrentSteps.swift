import CHebbKernels
import HebbCore

/// Walks of long short-term memories and gated recurrent units over whole sequences.
extension PlanBuilder {
  /// Emits a step for the primitive; false where it has none for these types.
  func emitSequence(_ primitive: any Primitive, _ index: Int, _ inputs: [Int]) -> Bool {
    let type = graph.values[index].type
    guard type.dtype == .float32 else { return false }
    switch primitive {
    case let walk as LSTMSequence:
      emitWalk(walk.name, HEBB_RECURRENT_LSTM, walk.isReversed, index, inputs)
    case let walk as GRUSequence:
      emitWalk(walk.name, HEBB_RECURRENT_GRU, walk.isReversed, index, inputs)
    case let walk as LSTMSequenceGradient:
      emitWalkBack(walk.name, HEBB_RECURRENT_LSTM, walk.isReversed, index, inputs)
    case let walk as GRUSequenceGradient:
      emitWalkBack(walk.name, HEBB_RECURRENT_GRU, walk.isReversed, index, inputs)
    default: return false
    }
    return true
  }

  private func emitWalk(
    _ name: String, _ kind: hebb_recurrent_kind, _ isReversed: Bool, _ index: Int, _ inputs: [Int]
  ) {
    let operands = inputs.map { dense(view(of: $0)) }
    let kept = place(index)
    let sizes = hebb_recurrent(
      times: Int64(kept.shape[1] - 1), batch: Int64(kept.shape[2]), hidden: Int64(kept.shape[3]),
      reversed: isReversed)
    let scratch = recurrentScratch(sizes, kind, isGradient: false)
    let threads = Int32(threads)
    let step = CallStep("\(name) \(operands[0].shape)") { addresses in
      func floats(_ position: Int) -> UnsafePointer<Float> {
        UnsafePointer(operands[position].floats(addresses))
      }
      let out = kept.floats(addresses)
      withUnsafePointer(to: sizes) {
        if kind == HEBB_RECURRENT_LSTM {
          hebb_lstm_forward(
            $0, floats(0), floats(1), floats(2), floats(3), out, addresses[scratch], threads)
        } else {
          hebb_gru_forward(
            $0, floats(0), floats(1), floats(2), floats(3), out, addresses[scratch], threads)
        }
      }
    }
    add(step, reads: operands.map(\.buffer), writes: [kept.buffer, scratch])
  }

  private func emitWalkBack(
    _ name: String, _ kind: hebb_recurrent_kind, _ isReversed: Bool, _ index: Int, _ inputs: [Int]
  ) {
    let operands = inputs.map { dense(view(of: $0)) }
    let slopes = place(index)
    let sizes = hebb_recurrent(
      times: Int64(slopes.shape[0] - 1), batch: Int64(slopes.shape[1]),
      hidden: Int64(slopes.shape[2] / 4), reversed: isReversed)
    let scratch = recurrentScratch(sizes, kind, isGradient: true)
    let threads = Int32(threads)
    let step = CallStep("\(name) \(operands[0].shape)") { addresses in
      func floats(_ position: Int) -> UnsafePointer<Float> {
        UnsafePointer(operands[position].floats(addresses))
      }
      let out = slopes.floats(addresses)
      withUnsafePointer(to: sizes) {
        if kind == HEBB_RECURRENT_LSTM {
          let cells = operands.count > 3 ? floats(3) : nil
          hebb_lstm_backward(
            $0, floats(0), cells, floats(1), floats(2), out, addresses[scratch], threads)
        } else {
          hebb_gru_backward(
            $0, floats(0), floats(1), floats(2), out, addresses[scratch], threads)
        }
      }
    }
    add(step, reads: operands.map(\.buffer), writes: [slopes.buffer, scratch])
  }

  private func recurrentScratch(
    _ sizes: hebb_recurrent, _ kind: hebb_recurrent_kind, isGradient: Bool
  ) -> Int {
    let bytes = withUnsafePointer(to: sizes) { hebb_recurrent_scratch_bytes($0, kind, isGradient) }
    return scratch(byteCount: Int(bytes))
  }
}
