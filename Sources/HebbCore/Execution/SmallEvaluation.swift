extension Evaluator {
  /// Elements up to which one operation is not worth a plan.
  private static let smallCount = 2048

  /// Computes a node that is one elementwise function of a few numbers that are there already: looking
  /// for its plan would take longer than computing it.
  ///
  /// - Returns: Whether nothing is left to do.
  static func computeSmall(_ node: Node) -> Bool {
    guard node.elementwiseCode != 0, node.type.dtype == .float32, Scope.isDefault,
      PlanRecorder.detail == .off
    else { return false }
    let count = node.type.shape.elementCount
    guard count > 0, count <= smallCount,
      let opcode = Elementwise.Opcode(rawValue: UInt8(node.elementwiseCode & 0xff))
    else { return false }
    var first: Storage?
    var second: Storage?
    var number: Float = 0
    var isUnary = false
    // What is needed from the graph, as long as nobody else changes it.
    let isReady = Graph.lock.withLock { _ -> Bool in
      guard node.storage == nil, !node.inputs.isEmpty else { return false }
      first = node.inputs.node(0).storage
      guard node.inputs.count > 1 else {
        isUnary = true
        return first != nil
      }
      let b = node.inputs.node(1)
      second = b.storage
      guard case .real(let value)? = b.immediate else { return first != nil && second != nil }
      number = Float(value)
      return first != nil
    }
    guard isReady, let first else { return false }
    let result = Storage(byteCount: 4 * count)
    let x = UnsafePointer(first.pointer.assumingMemoryBound(to: Float.self))
    let y = result.pointer.assumingMemoryBound(to: Float.self)
    let isDone = withUnsafePointer(to: number) { number in
      let b = second.map { UnsafePointer($0.pointer.assumingMemoryBound(to: Float.self)) } ?? number
      return backend.compute(
        SmallCall(
          opcode: opcode, result: y, first: x, second: isUnary ? nil : b,
          secondIsSingle: second == nil || node.inputs.node(1).type.shape.rank == 0, count: count))
    }
    withExtendedLifetime(second) {}
    if isDone { finishSmall(node, result) }
    return isDone
  }

  private static func finishSmall(_ node: Node, _ result: Storage) {
    var released: Operands?
    Graph.lock.withLock { _ in
      guard node.storage == nil else { return }
      node.storage = result
      result.ownerCount.add(1, ordering: .relaxed)
      node.oldestPending.store(0, ordering: .releasing)
      if !node.isTracked || node.isSource { released = node.takeInputs() }
    }
    // Nodes die outside of the lock.
    withExtendedLifetime(released) {}
  }
}
