/// A value inside of a model: the result of a recorded activation function.
package struct RecordedActivation {
  /// The function: `relu`, `sigmoid`, …
  package let function: String
  /// The nearest parameters upstream, `conv1.weight, conv1.bias`; nil if there are none.
  package let place: String?
  /// The value.
  package let value: Tensor
}

extension Tensor {
  /// The results of the named elementwise functions that this value was recorded from, first ones
  /// first. The graph must not have been given up: before gradients' memory is released.
  ///
  /// - Parameter functions: Names of functions, such as `relu`.
  /// - Returns: The values with their places, not necessarily computed yet.
  package func recordedActivations(
    of functions: Set<String> = ["relu", "sigmoid", "tanh"]
  ) -> [RecordedActivation] {
    // Nodes are visited with a stack of our own: graphs may be deep.
    var stack = [node]
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(node)]
    var found: [Node] = []
    while let next = stack.popLast() {
      if let name = next.primitive?.name, functions.contains(name) { found.append(next) }
      var inputs: [Node] = []
      next.inputs.forEach { inputs.append($0) }
      for input in inputs where seen.insert(ObjectIdentifier(input)).inserted {
        stack.append(input)
      }
    }
    return found.sorted { $0.sequence < $1.sequence }.map { node in
      RecordedActivation(
        function: node.primitive?.name ?? "", place: nearestParameters(of: node.inputs.operands),
        value: Tensor(node))
    }
  }
}
