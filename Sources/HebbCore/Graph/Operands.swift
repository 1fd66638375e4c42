/// The inputs of an operation: up to three in place, more in an array. A shape rule sees their types.
public struct Operands: @unchecked Sendable {
  private(set) var first: Node?
  private(set) var second: Node?
  private(set) var third: Node?
  private(set) var others: [Node]?

  /// The operands of an operation on these tensors.
  public init(_ tensors: [Tensor]) { self.init(tensors.map(\.node)) }

  init() {}
  init(_ a: Node) { first = a }
  init(_ a: Node, _ b: Node) { (first, second) = (a, b) }
  init(_ a: Node, _ b: Node, _ c: Node) { (first, second, third) = (a, b, c) }
  init(_ nodes: [Node]) {
    first = nodes.first
    second = nodes.count > 1 ? nodes[1] : nil
    third = nodes.count > 2 ? nodes[2] : nil
    others = nodes.count > 3 ? Array(nodes[3...]) : nil
  }

  var isEmpty: Bool { first == nil }

  /// The number of inputs.
  public var count: Int {
    first == nil ? 0 : second == nil ? 1 : third == nil ? 2 : 3 + (others?.count ?? 0)
  }

  /// The type of one input.
  public subscript(index: Int) -> TensorType { node(index).type }

  @inline(__always) func node(_ index: Int) -> Node {
    let node = index == 0 ? first : index == 1 ? second : index == 2 ? third : others?[index - 3]
    guard let node else { preconditionFailure("an operation has no input \(index)") }
    return node
  }

  @inline(__always) func forEach(_ body: (Node) -> Void) {
    guard let first else { return }
    body(first)
    guard let second else { return }
    body(second)
    guard let third else { return }
    body(third)
    guard let others else { return }
    for node in others { body(node) }
  }
}
