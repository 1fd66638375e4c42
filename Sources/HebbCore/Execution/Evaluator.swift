/// Turns pending graphs into plans and runs them. Plans are kept by the structure of the graph, so
/// a training loop plans once.
enum Evaluator {
  /// The elements of a node, computed if needed.
  static func storage(of node: Node) -> Storage {
    if let storage = Graph.storageIfEvaluated(node) { return storage }
    evaluate([node])
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
    let request = Graph.withTraversal {
      Request(roots, releasing: releasing, keepingAll: keepingAll, $0)
    }
    guard let request else { return }
    let (executable, key) = PlanCache.checkOut(request)
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
  /// Pending nodes and leaves; inputs stand before results.
  private(set) var nodes: [Node] = []
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
    var stack: [(node: Node, isExpanded: Bool)] = []
    stack.reserveCapacity(64)
    for root in roots.reversed() where root.storage == nil && root.immediate == nil {
      stack.append((root, false))
    }
    if stack.isEmpty { return nil }
    while let (node, isExpanded) = stack.popLast() {
      if traversal.index(of: node) != nil { continue }
      if !isExpanded, node.storage == nil, node.immediate == nil {
        stack.append((node, true))
        node.inputs.forEach {
          if traversal.index(of: $0) == nil { stack.append(($0, false)) }
        }
        continue
      }
      traversal.set(node, nodes.count)
      nodes.append(node)
      isLeaf.append(node.storage != nil || node.immediate != nil)
      inputStarts.append(Int32(inputIndices.count))
      if let storage = node.storage {
        arguments.append(.storage(storage))
        signature.append(1 << 32 | Int(node.type.dtype.rawValue))
        signature.append(node.type.shape)
      } else if let immediate = node.immediate {
        arguments.append(.scalar(immediate))
        signature.append(2 << 32 | Int(node.type.dtype.rawValue))
      } else if let primitive = node.primitive {
        signature.append(
          Int(bitPattern: ObjectIdentifier(type(of: primitive))))
        primitive.sign(&signature)
        node.inputs.forEach {
          let index = traversal.index(of: $0) ?? 0
          inputIndices.append(Int32(index))
          signature.append(index)
        }
      }
    }
    inputStarts.append(Int32(inputIndices.count))
    chooseOutputs(roots, releasing: releasing, keepingAll: keepingAll, traversal)
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
    for root in roots { if let index = traversal.index(of: root) { isRoot[index] = true } }
    // Whether something keeps the node, and with it its inputs, after this run.
    var isRetained = Array(repeating: false, count: count)
    donated = Array(repeating: false, count: count)
    for index in (0..<count).reversed() {
      let node = nodes[index]
      let isHeld = node.handleCount.load(ordering: .relaxed) > 0
      let isUsedElsewhere = node.consumerCount.load(ordering: .relaxed) > Int(uses[index])
      guard let primitive = node.primitive, node.storage == nil else {
        donated[index] =
          node.storage?.ownerCount.load(ordering: .relaxed) == 1 && !isHeld && !isUsedElsewhere
          && !isRetained[index]
        continue
      }
      var keepsInputs = isRetained[index]
      if isRoot[index] || isHeld || isUsedElsewhere || (keepingAll && isRetained[index]) {
        if isRoot[index] || !(primitive.isView) {
          outputIndices.append(Int32(index))
          keepsInputs = node.isTracked && !node.isSource && !releasing
        } else {
          // A view costs nothing to make again, but its base must stay.
          keepsInputs = true
        }
      }
      guard keepsInputs else { continue }
      for position in inputStarts[index]..<inputStarts[index + 1] {
        let input = Int(inputIndices[Int(position)])
        isRetained[input] = true
        if primitive.isView, nodes[input].storage == nil, !isRoot[input] {
          isRoot[input] = nodes[input].immediate == nil
        }
      }
    }
    outputIndices.reverse()
    for index in outputIndices {
      signature.append(Int(index))
      outputs.append(nodes[Int(index)])
    }
    for index in 0..<count where donated[index] { signature.append(-1 - index) }
  }

  /// The structure, for a backend.
  func graph() -> PlanGraph {
    var graph = PlanGraph()
    for (index, node) in nodes.enumerated() {
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
      graph.values.append(PlanGraph.Value(origin: origin, type: node.type))
      graph.values[index].isDonated = donated[index]
    }
    graph.outputs = outputIndices.map(Int.init)
    for output in graph.outputs { graph.values[output].isOutput = true }
    return graph
  }
}
