extension Tensor {
  /// The recorded graph behind this value in the language of Graphviz: one box for each operation and an
  /// oval for each leaf, with shapes; parameters by their names. Values that have been computed and are
  /// not needed for gradients have no graph any more.
  ///
  /// ```swift
  /// print(loss.graphDOT)  // dot -Tsvg graph.dot -o graph.svg
  /// ```
  public var graphDOT: String {
    var nodes: [Node] = []
    var edges: [(from: Int, to: Int)] = []
    Graph.withTraversal { traversal in
      var stack: [(node: Node, isExpanded: Bool)] = [(node, false)]
      while let (node, isExpanded) = stack.popLast() {
        if isExpanded {
          guard traversal.index(of: node) == nil else { continue }
          traversal.set(node, nodes.count)
          node.inputs.forEach { input in
            if let index = traversal.index(of: input) { edges.append((index, nodes.count)) }
          }
          nodes.append(node)
        } else if traversal.index(of: node) == nil {
          stack.append((node, true))
          node.inputs.forEach { stack.append(($0, false)) }
        }
      }
    }
    var lines = ["digraph {", "  rankdir = BT;"]
    for (index, node) in nodes.enumerated() {
      let name = node.label ?? (node.isSource ? "source" : node.primitive?.name ?? "constant")
      let value = node.immediate.map { " \($0.text)" } ?? ""
      let shape = node.isOperation && !node.isSource ? "box" : "ellipse"
      let quoted = (name + value).split(separator: "\"").joined(separator: "\\\"")
      lines.append("  n\(index) [shape = \(shape), label = \"\(quoted)\\n\(node.type)\"];")
    }
    for (from, to) in edges { lines.append("  n\(from) -> n\(to);") }
    return (lines + ["}", ""]).joined(separator: "\n")
  }
}

extension Scalar {
  /// The number.
  fileprivate var text: String {
    switch self {
    case .real(let value): "\(value)"
    case .integer(let value): "\(value)"
    }
  }
}
