import CHebbKernels
import HebbCore

/// Turns a group of elementwise operations and reductions into one or more loops.
extension PlanBuilder {
  func emitGroup(_ members: [Int]) {
    var loop = LoopBuilder(self, members)
    if loop.build() {
      loop.addStep()
      return
    }
    // Too large for one loop: in the order of the graph, any cut leaves two valid halves.
    guard members.count > 1 else {
      let name = graph.values[members[0]].primitive?.name ?? ""
      preconditionFailure("\(name) does not fit into a loop")
    }
    let middle = members.count / 2
    emitGroup(Array(members[..<middle]))
    emitGroup(Array(members[middle...]))
  }
}

/// What the loop that is being put together knows of the values of the plan.
final class LoopScratch {
  struct Value {
    /// The number of the loop of which the rest is said.
    var loop = 0
    var isMember = false
    /// The register or input that holds the value; −1 where there is none.
    var operand = -1
    /// How often the value is still read.
    var pendingReads = 0
  }

  @exclusivity(unchecked) fileprivate var loop = 0
  @exclusivity(unchecked) private var values: [Value]

  init(valueCount: Int) { values = Array(repeating: Value(), count: valueCount) }

  fileprivate subscript(index: Int) -> Value {
    get { values[index].loop == loop ? values[index] : Value() }
    _modify {
      if values[index].loop != loop {
        values[index] = Value()
        values[index].loop = loop
      }
      yield &values[index]
    }
  }
}

/// Translates operations into the instructions of a `hebb_program`.
private struct LoopBuilder {
  private let builder: PlanBuilder
  private let members: [Int]
  private let known: LoopScratch
  private let shape: Shape
  private var program = hebb_program()
  /// The values that the loop reads from memory.
  private var inputs: [Int] = []
  private var inputViews: [View] = []
  private var outputs: [(value: Int, view: View)] = []
  private var freeRegisters: [Int] = []
  private var registerCount = 0
  private var instructions: [(opcode: hebb_opcode, target: Int, a: Int, b: Int, c: Int)] = []
  /// Register numbers become operand indices once the number of inputs is known.
  private static let registerBase = 1000

  init(_ builder: PlanBuilder, _ members: [Int]) {
    self.builder = builder
    self.members = members
    known = builder.loopScratch
    known.loop += 1
    for member in members { known[member].isMember = true }
    shape = Fusion.iterationShape(members[0], builder.graph)
  }

  private var graph: PlanGraph { builder.graph }

  /// Translates the members; false if they need more inputs, outputs, instructions or registers than
  /// there are.
  mutating func build() -> Bool {
    var storedCount = 0
    for member in members {
      for input in graph.values[member].inputs where known[input].isMember {
        known[input].pendingReads += 1
      }
      guard isStored(member) else { continue }
      storedCount += 1
      // Outputs read their value when the block is stored.
      if !isReduction(member) { known[member].pendingReads += 1 }
    }
    guard storedCount <= Int(HEBB_MAX_OUTPUTS) else { return false }
    for member in members where !translate(member) { return false }
    return inputs.count <= Int(HEBB_MAX_INPUTS)
      && instructions.count <= Int(HEBB_MAX_INSTRUCTIONS)
  }

  private func isReduction(_ index: Int) -> Bool {
    graph.values[index].kind == .reduce
  }

  /// Whether somebody outside of the loop reads the value.
  private func isStored(_ index: Int) -> Bool {
    graph.values[index].isOutput || isReduction(index)
      || builder.consumers[index].contains { !known[$0].isMember }
  }

  private mutating func operandIndex(_ value: Int) -> Int {
    let operand = known[value].operand
    if operand >= 0 { return operand }
    known[value].operand = inputs.count
    inputs.append(value)
    return inputs.count - 1
  }

  private mutating func takeRegister() -> Int? {
    if let free = freeRegisters.popLast() { return free }
    guard registerCount < Int(HEBB_MAX_REGISTERS) else { return nil }
    registerCount += 1
    return Self.registerBase + registerCount - 1
  }

  private mutating func release(_ value: Int) {
    let state = known[value]
    guard state.pendingReads > 0 else { return }
    known[value].pendingReads = state.pendingReads - 1
    if state.pendingReads == 1, state.operand >= 0 { freeRegisters.append(state.operand) }
  }

  private mutating func emit(_ opcode: hebb_opcode, _ operands: [Int], to target: Int) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    let c = operands.count > 2 ? operands[2] : a
    instructions.append((opcode, target, a, b, c))
  }

  private mutating func translate(_ index: Int) -> Bool {
    let (kind, operands) = (graph.values[index].kind, graph.values[index].inputs)
    if kind == .argument { return true }
    let sources = operands.map { operandIndex($0) }
    if kind == .reduce {
      // The value that is reduced stays in its register until the block is stored: never freed.
      known[index].operand = sources[0]
      return true
    }
    for value in operands where known[value].isMember && !feedsReduction(value) {
      release(value)
    }
    guard let target = takeRegister() else { return false }
    known[index].operand = target
    let dtype = graph.values[index].type.dtype
    let compute = Fusion.compute(index, graph)
    if let opcode = graph.values[index].opcode {
      emit(hebb_opcode(rawValue: UInt32(opcode.rawValue)), sources, to: target)
    } else if kind == .cast, dtype == .bool {
      emit(HEBB_NOT, sources, to: target)
      emit(HEBB_NOT, [target], to: target)
    } else {
      emit(HEBB_COPY, sources, to: target)
    }
    if compute != HEBB_COMPUTE_INT64 {
      switch dtype {
      case .bfloat16: emit(HEBB_ROUND_TO_BFLOAT16, [target], to: target)
      case .float16: emit(HEBB_ROUND_TO_FLOAT16, [target], to: target)
      case .float32 where compute == HEBB_COMPUTE_FLOAT64:
        emit(HEBB_ROUND_TO_FLOAT32, [target], to: target)
      default: break
      }
    }
    return true
  }

  /// Whether a reduction of this loop reads the value, which then has to outlive all instructions.
  private func feedsReduction(_ index: Int) -> Bool {
    builder.consumers[index].contains { known[$0].isMember && isReduction($0) }
  }

  // MARK: - Operands

  /// Adds the step to the plan.
  mutating func addStep() {
    let order = iterationOrder()
    let rank = shape.rank
    program.rank = Int32(rank)
    program.compute = Int32(Fusion.compute(members[0], graph).rawValue)
    withUnsafeMutableBytes(of: &program.dimensions) { bytes in
      let dimensions = bytes.bindMemory(to: Int64.self)
      for axis in 0..<rank { dimensions[axis] = Int64(shape[order[axis]]) }
    }
    inputViews = inputs.map { builder.view(of: $0) }
    let isChannelsLast = order == Self.channelsLastOrder
    for member in members where isStored(member) {
      let layout: Layout = isChannelsLast && !isReduction(member) ? .channelsLast : .rowMajor
      outputs.append((member, builder.place(member, layout)))
    }
    setOperands(order)
    setInstructions()
    let label =
      builder.isProfiled
      ? "\(shape) " + members.compactMap { graph.values[$0].primitive?.name }.joined(separator: " ")
      : "loop"
    let step = LoopStep(
      program, inputs: inputViews, outputs: outputs.map(\.view), threads: builder.threads,
      label: label)
    builder.add(
      step, reads: inputViews.map(\.buffer), writes: outputs.map(\.view.buffer),
      inPlace: reusableInputs())
  }

  private static let channelsLastOrder = [0, 2, 3, 1]

  /// The order in which the loop walks the axes: as most of its operands lie in memory.
  private func iterationOrder() -> [Int] {
    let natural = Array(0..<shape.rank)
    guard shape.rank == 4 else { return natural }
    var votes = 0
    for value in inputs
    where graph.values[value].type.shape == shape && !builder.isGenerated[value] {
      let view = builder.view(of: value)
      if view.isRowMajor {
        votes -= 1
      } else if view.hasStrides(Layout.channelsLast.strides(of: shape)) {
        votes += 1
      }
    }
    return votes > 0 ? Self.channelsLastOrder : natural
  }

  private mutating func setOperands(_ order: [Int]) {
    program.input_count = Int32(inputViews.count)
    program.output_count = Int32(outputs.count)
    for (number, view) in inputViews.enumerated() {
      let spread = view.broadcast(to: shape)
      withUnsafeMutableBytes(of: &program.inputs) { bytes in
        let operands = bytes.bindMemory(to: hebb_operand.self)
        operands[number] = Self.operand(spread.strides, order, view.dtype)
        if builder.isGenerated[inputs[number]] {
          operands[number].dtype = UInt8(HEBB_KEEP.rawValue)
        }
      }
    }
    for (number, output) in outputs.enumerated() {
      var strides = output.view.strides
      var combine = HEBB_STORE
      if isReduction(output.value), let reduce = graph.values[output.value].primitive as? Reduce {
        let kinds = [
          HEBB_REDUCE_SUM, HEBB_REDUCE_PRODUCT, HEBB_REDUCE_MAXIMUM, HEBB_REDUCE_MINIMUM,
        ]
        combine = kinds[reduce.kind.rawValue]
        strides = Self.reducedStrides(shape, reduce.axes)
      }
      var operand = Self.operand(strides, order, output.view.dtype)
      operand.combine = UInt8(combine.rawValue)
      operand.source = UInt8(resolve(known[output.value].operand))
      withUnsafeMutableBytes(of: &program.outputs) { bytes in
        bytes.bindMemory(to: hebb_operand.self)[number] = operand
      }
    }
  }

  /// Steps in a row-major result without the reduced axes, 0 along those.
  private static func reducedStrides(_ shape: Shape, _ axes: AxisSet) -> Strides {
    var strides = Strides(repeating: 0, rank: shape.rank)
    var step = 1
    for axis in stride(from: shape.rank - 1, through: 0, by: -1) where !axes.contains(axis) {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }

  private static func operand(_ strides: Strides, _ order: [Int], _ dtype: DType) -> hebb_operand {
    var operand = hebb_operand()
    operand.dtype = dtype.rawValue
    withUnsafeMutableBytes(of: &operand.strides) { bytes in
      let steps = bytes.bindMemory(to: Int64.self)
      for (position, axis) in order.enumerated() { steps[position] = Int64(strides[axis]) }
    }
    return operand
  }

  private func resolve(_ operand: Int) -> Int {
    operand >= Self.registerBase ? operand - Self.registerBase + inputs.count : operand
  }

  private mutating func setInstructions() {
    program.register_count = Int32(registerCount)
    program.instruction_count = Int32(instructions.count)
    for (number, instruction) in instructions.enumerated() {
      let encoded = hebb_instruction(
        opcode: UInt8(instruction.opcode.rawValue),
        target: UInt8(instruction.target - Self.registerBase),
        a: UInt8(resolve(instruction.a)), b: UInt8(resolve(instruction.b)),
        c: UInt8(resolve(instruction.c)))
      withUnsafeMutableBytes(of: &program.instructions) { bytes in
        bytes.bindMemory(to: hebb_instruction.self)[number] = encoded
      }
    }
  }

  /// Inputs whose memory an output may take: read once, and lying exactly like the output.
  private func reusableInputs() -> [(output: Int, input: Int)] {
    var pairs: [(output: Int, input: Int)] = []
    for output in outputs where !isReduction(output.value) {
      for (number, input) in inputViews.enumerated()
      where !builder.isGenerated[inputs[number]] && input.shape == output.view.shape
        && input.strides == output.view.strides
        && input.dtype.byteCount == output.view.dtype.byteCount && input.offset == 0
        && inputViews.count(where: { $0.buffer == input.buffer }) == 1
      { pairs.append((output.view.buffer, input.buffer)) }
    }
    return pairs
  }
}
