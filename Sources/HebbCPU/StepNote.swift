import HebbCore

/// What a profile says of a step beside its name: where its operations were recorded, and how many
/// additions and multiplications they are.
struct StepNote {
  var layers: [String] = []
  var phase: Provenance.Phase?
  var operationCount = 0
  var isProduct = false

  /// The note of steps that run as one; nil without any.
  static func joined(_ notes: [StepNote?]) -> StepNote? {
    let notes = notes.compactMap { $0 }
    guard var result = notes.first else { return nil }
    for note in notes.dropFirst() {
      for layer in note.layers where !result.layers.contains(layer) { result.layers.append(layer) }
      result.phase = result.phase ?? note.phase
      result.operationCount += note.operationCount
      result.isProduct = result.isProduct || note.isProduct
    }
    return result
  }
}

extension PlanBuilder {
  /// Notes what the steps of a task compute. Copies, reorders and packing belong to the same layer; the arithmetic
  /// is that of the first other step.
  func annotate(_ added: PartialRangeFrom<Int>, _ members: [Int]) {
    var note = StepNote()
    for member in members {
      guard let primitive = graph.values[member].operation?.primitive else { continue }
      if primitive is any ProductPrimitive { note.isProduct = true }
      guard let provenance = graph.values[member].provenance else { continue }
      note.phase = note.phase ?? provenance.phase
      note.operationCount += provenance.operationCount
      if !note.layers.contains(provenance.layer) { note.layers.append(provenance.layer) }
    }
    var plain = note
    (plain.operationCount, plain.isProduct) = (0, false)
    var isCounted = false
    for number in entries[added].indices {
      let step = entries[number].step
      let isMove =
        step is CopyStep || step.label == "reorder" || step.label.hasPrefix("pack ")
      entries[number].note = isCounted || isMove ? plain : note
      if !isMove { isCounted = true }
    }
  }

  /// What a profile gets to see of the plan.
  func describe(_ arena: Arena) -> PlanDescription {
    var liveChange = Array(repeating: 0, count: entries.count + 1)
    for buffer in buffers where buffer.place == .arena && buffer.lastStep >= 0 {
      liveChange[buffer.firstStep] += buffer.byteCount
      liveChange[buffer.lastStep + 1] -= buffer.byteCount
    }
    var live = 0
    let steps = entries.enumerated().map { number, entry in
      live += liveChange[number]
      // What begins and ends here is scratch memory.
      func byteCount(_ touched: [Int]) -> Int {
        Set(touched).reduce(0) { sum, buffer in
          let place = buffers[buffer]
          let isScratch = place.place == .arena && place.firstStep == place.lastStep
          return isScratch ? sum : sum + place.byteCount
        }
      }
      let traffic = entry.step.traffic ?? (byteCount(entry.reads), byteCount(entry.writes))
      return StepDescription(
        label: entry.step.label, layers: (entry.note?.layers ?? []).filter { !$0.isEmpty },
        phase: entry.note?.phase, operationCount: entry.note?.operationCount ?? 0,
        isProduct: entry.note?.isProduct ?? false, bytesRead: traffic.read,
        bytesWritten: traffic.written, liveBytes: live)
    }
    return PlanDescription(steps: steps, arenaBytes: arena.byteCount)
  }
}

/// Operations that arithmetic limits and not memory.
protocol ProductPrimitive: Primitive {}

extension Attention: ProductPrimitive {}
extension AttentionGradient: ProductPrimitive {}
extension GRUSequence: ProductPrimitive {}
extension GRUSequenceGradient: ProductPrimitive {}
extension LSTMSequence: ProductPrimitive {}
extension LSTMSequenceGradient: ProductPrimitive {}
extension MatMul: ProductPrimitive {}
extension Convolution: ProductPrimitive {}
extension ConvolutionInputGradient: ProductPrimitive {}
extension ConvolutionWeightGradient: ProductPrimitive {}
