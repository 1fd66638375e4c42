import Synchronization

/// One value of the recorded graph: an operation with its inputs, or a leaf with its elements.
///
/// Shape and type are known from the start, the elements once it has been evaluated. What changes
/// after creation (`inputs`, `storage`, `mark`) is guarded by `Graph.lock`.
final class Node: @unchecked Sendable {
  /// The operation; nil for a leaf.
  let primitive: (any Primitive)?
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
  var inputs: NodeInputs
  var storage: Storage?
  /// Index in the traversal numbered by the upper half.
  var mark: UInt64 = 0
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
  init(_ primitive: any Primitive, _ inputs: NodeInputs, _ type: TensorType, tracked: Bool) {
    self.primitive = primitive
    self.inputs = inputs
    self.type = type
    isTracked = tracked
    isSource = false
    immediate = nil
    let number = Self.created.add(1, ordering: .relaxed).newValue
    sequence = number
    var oldest = number
    var depth: Int32 = 0
    inputs.forEach { input in
      let pending = input.oldestPending.load(ordering: .acquiring)
      if pending != 0, pending < oldest { oldest = pending }
      if input.depth >= depth { depth = input.depth + 1 }
      input.consumerCount.add(1, ordering: .relaxed)
    }
    self.depth = depth
    oldestPending = Atomic(oldest)
  }

  /// A leaf with elements.
  init(_ storage: Storage, _ type: TensorType, source: Bool = false) {
    primitive = nil
    inputs = NodeInputs()
    self.type = type
    self.storage = storage
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
    inputs = NodeInputs()
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
    inputs = NodeInputs(node)
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
  func takeInputs() -> NodeInputs {
    inputs.forEach { $0.consumerCount.subtract(1, ordering: .relaxed) }
    let taken = inputs
    inputs = NodeInputs()
    return taken
  }

  /// Whether the elements have still to be computed.
  var isPending: Bool { oldestPending.load(ordering: .acquiring) != 0 }

  deinit {
    Self.destroyed.add(1, ordering: .relaxed)
    inputs.forEach { $0.consumerCount.subtract(1, ordering: .relaxed) }
    // Releasing a long chain of inputs one within the other would overflow the stack.
    guard depth > 512, !inputs.isEmpty else { return }
    var waiting: [Node] = []
    inputs.forEach { waiting.append($0) }
    inputs = NodeInputs()
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

/// The inputs of a node: up to three in place, more in an array.
struct NodeInputs: @unchecked Sendable {
  private(set) var first: Node?
  private(set) var second: Node?
  private(set) var third: Node?
  private(set) var others: [Node] = []

  init() {}
  init(_ a: Node) { first = a }
  init(_ a: Node, _ b: Node) { (first, second) = (a, b) }
  init(_ a: Node, _ b: Node, _ c: Node) { (first, second, third) = (a, b, c) }
  init(_ nodes: [Node]) {
    first = nodes.first
    second = nodes.count > 1 ? nodes[1] : nil
    third = nodes.count > 2 ? nodes[2] : nil
    others = nodes.count > 3 ? Array(nodes[3...]) : []
  }

  var isEmpty: Bool { first == nil }
  var count: Int {
    first == nil ? 0 : second == nil ? 1 : third == nil ? 2 : 3 + others.count
  }

  @inline(__always) func forEach(_ body: (Node) -> Void) {
    guard let first else { return }
    body(first)
    guard let second else { return }
    body(second)
    guard let third else { return }
    body(third)
    for node in others { body(node) }
  }

  subscript(index: Int) -> Node {
    let node = index == 0 ? first : index == 1 ? second : index == 2 ? third : others[index - 3]
    guard let node else { preconditionFailure("an operation has no input \(index)") }
    return node
  }

}
