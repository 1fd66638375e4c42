/// Turns pending graphs into plans and runs them. Plans are kept by the structure of the graph, so
/// a training loop plans once.
enum Evaluator {
  /// The elements of a node, computed if needed.
  static func storage(of node: Node) -> Storage {
    if let storage = Graph.storageIfEvaluated(node) { return storage }
    if !computeSmall(node) { evaluate([node]) }
    if let storage = Graph.storageIfEvaluated(node) { return storage }
    guard let immediate = node.immediate else {
      preconditionFailure("a \(node.type) value has been evaluated without elements")
    }
    let storage = Storage(byteCount: node.type.dtype.byteCount)
    immediate.write(to: storage.pointer, as: node.type.dtype)
    return storage
  }

  /// Computes the roots, and on the way every value that is still held.
  ///
  /// - Parameters:
  ///   - roots: What is wanted.
  ///   - releasing: Whether the graph that gradients would need is given up: then memory of arguments
  ///     that nobody holds any more is used for the results.
  ///   - keepingAll: Whether everything that gradients may need is kept too, so that nothing below
  ///     the roots is pending any more.
  static func evaluate(_ roots: [Node], releasing: Bool = false, keepingAll: Bool = false) {
    // A plan that has to be made needs the graph, which may change once the lock is given back.
    var (idle, graph): ((any Executable)?, PlanGraph?)
    let found = Graph.withTraversal { traversal -> Request? in
      let request = Request(roots, releasing: releasing, keepingAll: keepingAll, traversal)
      guard let request else { return nil }
      idle = PlanCache.checkOut(request.signature)
      if idle == nil { graph = request.graph() }
      return request
    }
    guard let request = found else { return }
    let key = request.signature
    guard let executable = idle ?? graph.map({ PlanCache.compile($0, key) }) else { return }
    let results = executable.run(request.arguments)
    PlanCache.checkIn(executable, key)
    finish(request, results, releasing: releasing)
  }

  /// Gives the results to their nodes and lets go of the graph behind them.
  private static func finish(_ request: Request, _ results: [Storage], releasing: Bool) {
    // Nodes die outside of the lock.
    var released: [Operands] = []
    Graph.lock.withLock { _ in
      for (node, storage) in zip(request.outputs, results) where node.storage == nil {
        node.storage = storage
        storage.ownerCount.add(1, ordering: .relaxed)
        node.oldestPending.store(0, ordering: .releasing)
        if releasing || !node.isTracked || node.isSource {
          released.append(node.takeInputs())
        }
      }
    }
    released.removeAll()
  }

  /// Lets go of the graph behind evaluated values, which gradients can then no longer be taken of.
  static func releaseGraph(behind nodes: [Node]) {
    var released: [Operands] = []
    Graph.withTraversal { traversal in
      var stack = nodes
      while let node = stack.popLast() {
        guard traversal.index(of: node) == nil else { continue }
        traversal.set(node, 0)
        node.inputs.forEach { stack.append($0) }
        if node.storage != nil, !node.inputs.isEmpty { released.append(node.takeInputs()) }
      }
    }
    released.removeAll()
  }
}

/// What one evaluation needs: the structure, its signature, and the arguments of this run.
struct Request {
  private(set) var signature: Signature
  private(set) var arguments: [PlanArgument] = []
  private(set) var outputs: [Node] = []
  /// Pending nodes and leaves; inputs stand before results. The graph holds them as long as its lock
  /// is held; counting references here would cost more than everything else.
  private var nodes: [Unmanaged<Node>] = []
  /// The indices of each node's inputs, one after the other.
  private var inputIndices: [Int32] = []
  private var inputStarts: [Int32] = []
  private var outputIndices: [Int32] = []
  private var donated: [Bool] = []
  /// Whether each node's elements were there; nodes may be computed by others meanwhile.
  private var isLeaf: [Bool] = []

  /// Collects what is pending below the roots; nil if nothing is.
  init?(_ roots: [Node], releasing: Bool, keepingAll: Bool, _ traversal: Traversal) {
    signature = Signature(capacity: 1024)
    signature.append(Hebb.threads)
    signature.append(Evaluator.usesReference)
    signature.append(Hebb.usesTiles)
    nodes.reserveCapacity(128)
    inputIndices.reserveCapacity(256)
    // The addresses of nodes; an odd one stands for a node whose inputs have been visited.
    var stack: [UInt] = []
    stack.reserveCapacity(128)
    for root in roots.reversed() where root.storage == nil && root.immediate == nil {
      stack.append(UInt(bitPattern: Unmanaged.passUnretained(root).toOpaque()))
    }
    if stack.isEmpty { return nil }
    while let entry = stack.popLast() {
      guard let address = UnsafeRawPointer(bitPattern: entry & ~1) else { continue }
      let unmanaged = Unmanaged<Node>.fromOpaque(address)
      unmanaged._withUnsafeGuaranteedRef { node in
        visit(node, unmanaged, isExpanded: entry & 1 == 1, &stack, traversal)
      }
    }
    inputStarts.append(Int32(inputIndices.count))
    chooseOutputs(roots, releasing: releasing, keepingAll: keepingAll, traversal)
  }

  @inline(__always)
  private mutating func visit(
    _ node: Node, _ unmanaged: Unmanaged<Node>, isExpanded: Bool, _ stack: inout [UInt],
    _ traversal: Traversal
  ) {
    if traversal.index(of: node) != nil { return }
    let isLeaf = !node.isOperation || node.storage != nil
    if !isExpanded, !isLeaf {
      stack.append(UInt(bitPattern: unmanaged.toOpaque()) | 1)
      node.inputs.forEachLink { link in
        if link._withUnsafeGuaranteedRef({ traversal.index(of: $0) }) == nil {
          stack.append(UInt(bitPattern: link.toOpaque()))
        }
      }
      return
    }
    traversal.set(node, nodes.count)
    nodes.append(unmanaged)
    self.isLeaf.append(isLeaf)
    inputStarts.append(Int32(inputIndices.count))
    if let storage = node.storage {
      arguments.append(.storage(storage))
      signature.append(1 << 32 | Int(node.type.dtype.rawValue))
      signature.append(node.type.shape)
    } else if let immediate = node.immediate {
      arguments.append(.scalar(immediate))
      signature.append(2 << 32 | Int(node.type.dtype.rawValue))
    } else {
      if node.elementwiseCode != 0 {
        signature.append(node.elementwiseCode)
      } else if let primitive = node.primitive {
        signature.append(Int(bitPattern: ObjectIdentifier(type(of: primitive))))
        primitive.sign(&signature)
      }
      node.inputs.forEach {
        let index = traversal.index(of: $0) ?? 0
        inputIndices.append(Int32(index))
        signature.append(index)
      }
    }
  }

  /// Marks what has to be kept: the roots, what users hold, and what other graphs will need; and the
  /// arguments whose memory is free afterwards.
  private mutating func chooseOutputs(
    _ roots: [Node], releasing: Bool, keepingAll: Bool, _ traversal: Traversal
  ) {
    let count = nodes.count
    var uses = Array(repeating: Int32(0), count: count)
    for index in inputIndices { uses[Int(index)] += 1 }
    var isRoot = Array(repeating: false, count: count)
    for root in roots {
      if let index = traversal.index(of: root) { isRoot[index] = true }
    }
    // Whether something keeps the node, and with it its inputs, after this run.
    var isRetained = Array(repeating: false, count: count)
    donated = Array(repeating: false, count: count)
    for index in (0..<count).reversed() {
      nodes[index]._withUnsafeGuaranteedRef { node in
        choose(
          node, index, uses[index], &isRoot, &isRetained, releasing: releasing,
          keepingAll: keepingAll)
      }
    }
    outputIndices.reverse()
    for index in outputIndices {
      signature.append(Int(index))
      outputs.append(nodes[Int(index)].takeUnretainedValue())
    }
    for index in 0..<count where donated[index] { signature.append(-1 - index) }
  }

  @inline(__always)
  private mutating func choose(
    _ node: Node, _ index: Int, _ uses: Int32, _ isRoot: inout [Bool], _ isRetained: inout [Bool],
    releasing: Bool, keepingAll: Bool
  ) {
    let isHeld = node.handleCount.load(ordering: .relaxed) > 0
    let isUsedElsewhere = node.consumerCount.load(ordering: .relaxed) > Int(uses)
    if isLeaf[index] {
      donated[index] =
        node.storage?.ownerCount.load(ordering: .relaxed) == 1 && !isHeld && !isUsedElsewhere
        && !isRetained[index]
      return
    }
    var (keepsInputs, showsBase) = (isRetained[index], false)
    if isRoot[index] || isHeld || isUsedElsewhere || (keepingAll && isRetained[index]) {
      if isRoot[index] || !node.isView {
        outputIndices.append(Int32(index))
        keepsInputs = node.isTracked && !node.isSource && !releasing
      } else {
        // A view costs nothing to make again, but its base must stay.
        (keepsInputs, showsBase) = (true, true)
      }
    }
    guard keepsInputs else { return }
    for position in inputStarts[index]..<inputStarts[index + 1] {
      let input = Int(inputIndices[Int(position)])
      isRetained[input] = true
      if showsBase, !isLeaf[input] { isRoot[input] = true }
    }
  }

  /// The structure, for a backend. Call it under the graph's lock.
  func graph() -> PlanGraph {
    var graph = PlanGraph()
    let trail = Scope.isDefault ? nil : Scope.provenance
    for (index, unmanaged) in nodes.enumerated() {
      let node = unmanaged.takeUnretainedValue()
      let origin: PlanGraph.Origin
      if !isLeaf[index], let primitive = node.primitive {
        let range = Int(inputStarts[index])..<Int(inputStarts[index + 1])
        origin = .operation(primitive, inputs: inputIndices[range].map(Int.init))
      } else {
        switch arguments[graph.argumentCount] {
        case .storage: origin = .argument(graph.argumentCount)
        case .scalar: origin = .scalar(graph.argumentCount)
        }
        graph.argumentCount += 1
      }
      graph.values.append(
        PlanGraph.Value(origin: origin, type: node.type, age: node.sequence))
      graph.values[index].isDonated = donated[index]
      graph.values[index].provenance = trail?[node.sequence]
    }
    graph.outputs = outputIndices.map(Int.init)
    for output in graph.outputs { graph.values[output].isOutput = true }
    return graph
  }
}
