/// The inputs of a recorded operation, whose references are counted by hand: whoever walks over a graph
/// that something else keeps alive counts none, which would cost more than the walk.
struct InputLinks {
  private var first: Unmanaged<Node>?
  private var second: Unmanaged<Node>?
  private var third: Unmanaged<Node>?
  private var others: UnsafeMutableBufferPointer<Unmanaged<Node>>?

  init() {}

  /// Holds the operands until they are taken.
  init(_ operands: consuming Operands) {
    first = operands.first.map(Unmanaged.passRetained)
    second = operands.second.map(Unmanaged.passRetained)
    third = operands.third.map(Unmanaged.passRetained)
    if let rest = operands.others {
      let links = UnsafeMutableBufferPointer<Unmanaged<Node>>.allocate(capacity: rest.count)
      _ = links.initialize(from: rest.lazy.map(Unmanaged.passRetained))
      others = links
    }
  }

  init(_ a: Node) { first = .passRetained(a) }

  init(_ a: Node, _ b: Node) { (first, second) = (.passRetained(a), .passRetained(b)) }

  var isEmpty: Bool { first == nil }

  /// The number of inputs.
  var count: Int {
    first == nil ? 0 : second == nil ? 1 : third == nil ? 2 : 3 + (others?.count ?? 0)
  }

  /// The type of one input.
  subscript(index: Int) -> TensorType { node(index).type }

  @inline(__always) func node(_ index: Int) -> Node {
    let link = index == 0 ? first : index == 1 ? second : index == 2 ? third : others?[index - 3]
    guard let link else { preconditionFailure("an operation has no input \(index)") }
    return link.takeUnretainedValue()
  }

  @inline(__always) func forEach(_ body: (Node) -> Void) {
    forEachLink { $0._withUnsafeGuaranteedRef(body) }
  }

  @inline(__always) func forEachLink(_ body: (Unmanaged<Node>) -> Void) {
    guard let first else { return }
    body(first)
    guard let second else { return }
    body(second)
    guard let third else { return }
    body(third)
    guard let others else { return }
    for link in others { body(link) }
  }

  /// The inputs for whoever keeps them.
  var operands: Operands {
    var nodes: [Node] = []
    forEach { nodes.append($0) }
    return Operands(nodes)
  }

  /// Gives the references away.
  mutating func take() -> Operands {
    defer {
      others?.deallocate()
      self = InputLinks()
    }
    guard let first else { return Operands() }
    guard let second else { return Operands(first.takeRetainedValue()) }
    guard let third else {
      return Operands(first.takeRetainedValue(), second.takeRetainedValue())
    }
    guard let others else {
      return Operands(
        first.takeRetainedValue(), second.takeRetainedValue(), third.takeRetainedValue())
    }
    return Operands(
      [first, second, third].map { $0.takeRetainedValue() }
        + others.map { $0.takeRetainedValue() })
  }

  /// Drops the references.
  mutating func release() {
    forEachLink { $0.release() }
    others?.deallocate()
    self = InputLinks()
  }
}
