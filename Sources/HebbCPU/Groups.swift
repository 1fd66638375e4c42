import CHebbKernels
import HebbCore

/// Turns a group of elementwise operations and reductions into one or more loops.
extension PlanBuilder {
  func emitGroup(_ members: [Int]) {
    if let loop = LoopBuilder(self, members).build() {
      loop.finish()
      return
    }
    // Too large for one loop: in the order of the graph, any cut leaves two valid halves.
    guard members.count > 1 else {
      let name = graph.values[members[0]].operation?.primitive.name ?? ""
      preconditionFailure("\(name) does not fit into a loop")
    }
    let middle = members.count / 2
    emitGroup(Array(members[..<middle]))
    emitGroup(Array(members[middle...]))
  }
}

/// Translates operations into the instructions of a `hebb_program`.
private struct LoopBuilder {
  private let builder: PlanBuilder
  private let members: [Int]
  private let isMember: Set<Int>
  private let shape: Shape
  private var program = hebb_program()
  private var inputs: [Int: Int] = [:]
  private var inputViews: [View] = []
  /// Which inputs are computed where they are read.
  private var generatedInputs: Set<Int> = []
  private var outputs: [(value: Int, view: View)] = []
  /// Registers: the operand index of each member's result, and how often it is still read.
  private var operand: [Int: Int] = [:]
  private var pendingReads: [Int: Int] = [:]
  private var freeRegisters: [Int] = []
  private var registerCount = 0
  private var instructions: [(opcode: hebb_opcode, target: Int, a: Int, b: Int, c: Int)] = []
  /// Register numbers become operand indices once the number of inputs is known.
  private static let registerBase = 1000

  init(_ builder: PlanBuilder, _ members: [Int]) {
    self.builder = builder
    self.members = members
    isMember = Set(members)
    shape = Fusion.iterationShape(members[0], builder.graph)
  }

  private var graph: PlanGraph { builder.graph }

  /// The loop; nil if it needs more inputs, outputs, instructions or registers than there are.
  func build() -> LoopBuilder? {
    var loop = self
    for member in members {
      for input in graph.values[member].inputs where isMember.contains(input) {
        loop.pendingReads[input, default: 0] += 1
      }
      // Outputs read their value when the block is stored.
      if loop.isStored(member), !loop.isReduction(member) {
        loop.pendingReads[member, default: 0] += 1
      }
    }
    for member in members where !loop.translate(member) { return nil }
    let fits =
      loop.inputViewCount <= Int(HEBB_MAX_INPUTS) && loop.storedCount <= Int(HEBB_MAX_OUTPUTS)
      && loop.instructions.count <= Int(HEBB_MAX_INSTRUCTIONS)
    return fits ? loop : nil
  }

  private var inputViewCount: Int { inputs.count }
  private var storedCount: Int { members.count { isStored($0) } }

  private func isReduction(_ index: Int) -> Bool {
    graph.values[index].kind == .reduce
  }

  /// Whether somebody outside of the loop reads the value.
  private func isStored(_ index: Int) -> Bool {
    graph.values[index].isOutput || isReduction(index)
      || builder.consumers[index].contains { !isMember.contains($0) }
  }

  private mutating func operandIndex(_ value: Int) -> Int {
    if let register = operand[value] { return register }
    if let known = inputs[value] { return known }
    inputs[value] = inputs.count
    return inputs.count - 1
  }

  private mutating func takeRegister() -> Int? {
    if let free = freeRegisters.popLast() { return free }
    guard registerCount < Int(HEBB_MAX_REGISTERS) else { return nil }
    registerCount += 1
    return Self.registerBase + registerCount - 1
  }

  private mutating func release(_ value: Int) {
    guard let reads = pendingReads[value] else { return }
    pendingReads[value] = reads - 1
    if reads == 1, let register = operand[value] { freeRegisters.append(register) }
  }

  private mutating func emit(_ opcode: hebb_opcode, _ operands: [Int], to target: Int) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    let c = operands.count > 2 ? operands[2] : a
    instructions.append((opcode, target, a, b, c))
  }

  private mutating func translate(_ index: Int) -> Bool {
    guard let (primitive, operands) = graph.values[index].operation else { return true }
    let sources = operands.map { operandIndex($0) }
    if primitive is Reduce {
      // The value that is reduced stays in its register until the block is stored: never freed.
      operand[index] = sources[0]
      return true
    }
    for value in operands where isMember.contains(value) && !feedsReduction(value) {
      release(value)
    }
    guard let target = takeRegister() else { return false }
    operand[index] = target
    let dtype = graph.values[index].type.dtype
    let compute = Fusion.compute(index, graph)
    switch primitive {
    case let elementwise as Elementwise:
      let opcode = hebb_opcode(rawValue: UInt32(elementwise.function.opcode.rawValue))
      emit(opcode, sources, to: target)
    case let cast as Cast where cast.dtype == .bool:
      emit(HEBB_NOT, sources, to: target)
      emit(HEBB_NOT, [target], to: target)
    default: emit(HEBB_COPY, sources, to: target)
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
    builder.consumers[index].contains { isMember.contains($0) && isReduction($0) }
  }

  // MARK: - Operands

  /// Adds the step to the plan.
  func finish() {
    var loop = self
    loop.addStep()
  }

  private mutating func addStep() {
    let order = iterationOrder()
    let rank = shape.rank
    program.rank = Int32(rank)
    program.compute = Int32(Fusion.compute(members[0], graph).rawValue)
    withUnsafeMutableBytes(of: &program.dimensions) { bytes in
      let dimensions = bytes.bindMemory(to: Int64.self)
      for axis in 0..<rank { dimensions[axis] = Int64(shape[order[axis]]) }
    }
    let values = inputs.sorted { $0.value < $1.value }.map(\.key)
    inputViews = values.map { builder.view(of: $0) }
    generatedInputs = Set(values.indices.filter { builder.generated.contains(values[$0]) })
    let isChannelsLast = order == Self.channelsLastOrder
    for member in members where isStored(member) {
      let layout: Layout = isChannelsLast && !isReduction(member) ? .channelsLast : .rowMajor
      outputs.append((member, builder.place(member, layout)))
    }
    setOperands(order)
    setInstructions()
    let step = LoopStep(
      program, inputs: inputViews, outputs: outputs.map(\.view), threads: builder.threads,
      label: "\(shape) "
        + members.compactMap { graph.values[$0].operation?.primitive.name }
        .joined(separator: " "))
    var writes = outputs.map(\.view.buffer)
    if step.scratchBytes > 0 {
      step.scratch = builder.scratch(byteCount: step.scratchBytes)
      writes.append(step.scratch)
    }
    builder.add(
      step, reads: inputViews.map(\.buffer), writes: writes, inPlace: reusableInputs())
  }

  private static let channelsLastOrder = [0, 2, 3, 1]

  /// The order in which the loop walks the axes: as most of its operands lie in memory.
  private func iterationOrder() -> [Int] {
    let natural = Array(0..<shape.rank)
    guard shape.rank == 4 else { return natural }
    var votes = 0
    for value in inputs.keys
    where graph.values[value].type.shape == shape && !builder.generated.contains(value) {
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
        if generatedInputs.contains(number) { operands[number].dtype = UInt8(HEBB_KEEP.rawValue) }
      }
    }
    for (number, output) in outputs.enumerated() {
      var strides = output.view.strides
      var combine = HEBB_STORE
      if let reduce = graph.values[output.value].operation?.primitive as? Reduce {
        let kinds = [
          HEBB_REDUCE_SUM, HEBB_REDUCE_PRODUCT, HEBB_REDUCE_MAXIMUM, HEBB_REDUCE_MINIMUM,
        ]
        combine = kinds[reduce.kind.rawValue]
        strides = Self.reducedStrides(shape, reduce.axes)
      }
      var operand = Self.operand(strides, order, output.view.dtype)
      operand.combine = UInt8(combine.rawValue)
      operand.source = UInt8(resolve(self.operand[output.value] ?? 0))
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
      where !generatedInputs.contains(number) && input.shape == output.view.shape
        && input.strides == output.view.strides
        && input.dtype.byteCount == output.view.dtype.byteCount && input.offset == 0
        && inputViews.count(where: { $0.buffer == input.buffer }) == 1
      { pairs.append((output.view.buffer, input.buffer)) }
    }
    return pairs
  }
}
