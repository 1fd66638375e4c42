import Synchronization

/// One value of the recorded graph: an operation with its inputs, or a leaf with its elements.
///
/// Shape and type are known from the start, the elements once it has been evaluated. What changes
/// after creation (`inputs`, `storage`, `mark`) is guarded by `Graph.lock`.
final class Node: @unchecked Sendable {
  /// The operation; nil for a leaf.
  let primitive: (any Primitive)?
  /// Whether there is an operation.
  let isOperation: Bool
  /// Whether the operation shows the elements of its input in another arrangement.
  let isView: Bool
  /// What an elementwise function recorded the short way adds to a signature; 0 for all others.
  let elementwiseCode: Int
  let type: TensorType
  /// Whether gradients may flow to it: it is a source, or depends on one.
  let isTracked: Bool
  /// Whether gradients end here: a parameter, or the point of a derivative.
  let isSource: Bool
  /// A scalar leaf's value; plans read it at each run and do not depend on it.
  let immediate: Scalar?
  let sequence: UInt64
  /// The longest chain of recorded inputs below this node.
  let depth: Int32
  @exclusivity(unchecked) var inputs: InputLinks
  @exclusivity(unchecked) var storage: Storage?
  /// Index in the traversal numbered by the upper half.
  @exclusivity(unchecked) var mark: UInt64 = 0
  /// The path of the parameter that holds this leaf, for messages.
  var label: String?
  /// The sequence number of the oldest node that still has to be computed for this one;
  /// 0 when its elements are there.
  let oldestPending: Atomic<UInt64>
  /// How many handles users hold on this node.
  let handleCount = Atomic<Int>(0)
  /// How often existing nodes have this one as an input.
  let consumerCount = Atomic<Int>(0)

  private static let created = Atomic<UInt64>(0)
  private static let destroyed = Atomic<UInt64>(0)

  /// How many nodes exist.
  static var liveCount: Int {
    Int(created.load(ordering: .relaxed) &- destroyed.load(ordering: .relaxed))
  }

  /// A recorded operation.
  init(
    _ primitive: consuming any Primitive, _ inputs: consuming Operands, _ type: TensorType,
    tracked: Bool
  ) {
    isView = primitive.isView
    self.primitive = primitive
    isOperation = true
    elementwiseCode = 0
    self.inputs = InputLinks(inputs)
    self.type = type
    isTracked = tracked
    isSource = false
    immediate = nil
    let number = Self.created.add(1, ordering: .relaxed).newValue
    sequence = number
    var oldest = number
    var depth: Int32 = 0
    self.inputs.forEach { input in
      let pending = input.oldestPending.load(ordering: .acquiring)
      if pending != 0, pending < oldest { oldest = pending }
      if input.depth >= depth { depth = input.depth + 1 }
      input.consumerCount.add(1, ordering: .relaxed)
    }
    self.depth = depth
    oldestPending = Atomic(oldest)
  }

  /// An elementwise function of one or two nodes: the operation that is recorded most.
  @inline(__always)
  init(_ function: Elementwise.Function, _ a: Node, _ b: Node?, _ type: TensorType) {
    primitive = Elementwise(function)
    isOperation = true
    isView = false
    elementwiseCode = 3 << 32 | Int(function.opcode.rawValue)
    self.type = type
    isSource = false
    immediate = nil
    let number = Self.created.add(1, ordering: .relaxed).newValue
    sequence = number
    let pending = a.oldestPending.load(ordering: .acquiring)
    var oldest = pending != 0 ? pending : number
    var depth = a.depth
    var tracked = a.isTracked
    a.consumerCount.add(1, ordering: .relaxed)
    if let b {
      let pending = b.oldestPending.load(ordering: .acquiring)
      if pending != 0, pending < oldest { oldest = pending }
      depth = max(depth, b.depth)
      tracked = tracked || b.isTracked
      b.consumerCount.add(1, ordering: .relaxed)
      inputs = InputLinks(a, b)
    } else {
      inputs = InputLinks(a)
    }
    isTracked = tracked && type.dtype.isFloatingPoint
    self.depth = depth + 1
    oldestPending = Atomic(oldest)
  }

  /// A leaf with elements.
  init(_ storage: Storage, _ type: TensorType, source: Bool = false) {
    primitive = nil
    isOperation = false
    isView = false
    elementwiseCode = 0
    inputs = InputLinks()
    self.type = type
    self.storage = storage
    storage.ownerCount.add(1, ordering: .relaxed)
    isTracked = source
    isSource = source
    immediate = nil
    sequence = Self.created.add(1, ordering: .relaxed).newValue
    depth = 0
    oldestPending = Atomic(0)
  }

  /// A scalar leaf.
  init(_ value: Scalar, _ dtype: DType) {
    primitive = nil
    isOperation = false
    isView = false
    elementwiseCode = 0
    inputs = InputLinks()
    type = TensorType(Shape(), dtype)
    isTracked = false
    isSource = false
    immediate = value
    sequence = Self.created.add(1, ordering: .relaxed).newValue
    depth = 0
    oldestPending = Atomic(0)
  }

  /// A point at which gradients end, with the value of another node.
  init(sourceOf node: Node) {
    primitive = StopGradient()
    isOperation = true
    isView = false
    elementwiseCode = 0
    inputs = InputLinks(node)
    node.consumerCount.add(1, ordering: .relaxed)
    type = node.type
    isTracked = true
    isSource = true
    immediate = nil
    sequence = Self.created.add(1, ordering: .relaxed).newValue
    depth = node.depth + 1
    let pending = node.oldestPending.load(ordering: .acquiring)
    oldestPending = Atomic(pending == 0 ? sequence : pending)
  }

  /// Lets go of the inputs; the caller holds the graph's lock, or the only reference.
  func takeInputs() -> Operands {
    inputs.forEach { $0.consumerCount.subtract(1, ordering: .relaxed) }
    return inputs.take()
  }

  /// Whether the elements have still to be computed.
  var isPending: Bool { oldestPending.load(ordering: .acquiring) != 0 }

  deinit {
    Self.destroyed.add(1, ordering: .relaxed)
    if inputs.isEmpty {
      storage?.ownerCount.subtract(1, ordering: .relaxed)
      return
    }
    inputs.forEach { $0.consumerCount.subtract(1, ordering: .relaxed) }
    storage?.ownerCount.subtract(1, ordering: .relaxed)
    // Releasing a long chain of inputs one within the other would overflow the stack.
    guard depth > 512 else {
      inputs.release()
      return
    }
    var waiting: [Node] = []
    inputs.take().forEach { waiting.append($0) }
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) { node.takeInputs().forEach { waiting.append($0) } }
    }
  }
}

/// The value of a scalar leaf.
package enum Scalar: Sendable, Hashable {
  case real(Double)
  case integer(Int64)
}
