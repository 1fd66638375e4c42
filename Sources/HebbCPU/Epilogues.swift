import HebbCore

/// What a product or convolution does to its result before it is stored.
struct Epilogue {
  /// The vector that is added, one number for each column or channel.
  var bias: Int?
  /// The function that is applied last.
  var activation: Elementwise.Opcode?
  /// The value that the whole becomes.
  var result: Int
}

/// Finds bias additions and activations that belong to products and convolutions.
struct Epilogues {
  /// The values that are computed by the operation before them.
  private(set) var claimed: Set<Int> = []
  private var epilogues: [Int: Epilogue] = [:]

  /// What joins an operation; nothing for most.
  func epilogue(of index: Int) -> Epilogue { epilogues[index] ?? Epilogue(result: index) }

  init(_ graph: PlanGraph, _ consumers: [[Int]]) {
    for (index, value) in graph.values.enumerated() {
      guard let (primitive, _) = value.operation, value.type.dtype == .float32 else { continue }
      let isConvolution = primitive is Convolution
      guard isConvolution || primitive is MatMul else { continue }
      var epilogue = Epilogue(result: index)
      if let next = onlyConsumer(index, graph, consumers),
        let bias = bias(added: next, to: index, graph, perChannel: isConvolution)
      {
        epilogue.bias = bias
        epilogue.result = next
        claimed.insert(next)
      }
      if let next = onlyConsumer(epilogue.result, graph, consumers),
        let function = graph.values[next].operation?.primitive as? Elementwise,
        [.relu, .sigmoid, .tanh].contains(function.function.opcode)
      {
        epilogue.activation = function.function.opcode
        epilogue.result = next
        claimed.insert(next)
      }
      guard epilogue.result != index else { continue }
      epilogues[index] = epilogue
    }
  }

  private func onlyConsumer(_ index: Int, _ graph: PlanGraph, _ consumers: [[Int]]) -> Int? {
    guard !graph.values[index].isOutput, consumers[index].count == 1 else { return nil }
    return consumers[index][0]
  }

  /// The other operand of an addition, if it is one number for each column or channel and known
  /// before the product.
  private func bias(
    added sum: Int, to index: Int, _ graph: PlanGraph, perChannel: Bool
  ) -> Int? {
    guard let (primitive, inputs) = graph.values[sum].operation,
      (primitive as? Elementwise)?.function.opcode == .add,
      graph.values[sum].type == graph.values[index].type
    else { return nil }
    let other = inputs[0] == index ? inputs[1] : inputs[0]
    let shape = graph.values[index].type.shape
    let size = perChannel ? shape[1] : shape[shape.rank - 1]
    let ones = Array(repeating: 1, count: shape.rank - 2)
    let expected: [Int] = perChannel ? [size] + ones : [size]
    let bias = graph.values[other].type.shape
    guard Array(bias.suffix(expected.count)) == expected,
      bias.dropLast(expected.count).allSatisfy({ $0 == 1 }), isArgument(other, graph)
    else { return nil }
    return other
  }

  /// Whether a value is there from the start: an argument, or a view of one.
  private func isArgument(_ index: Int, _ graph: PlanGraph) -> Bool {
    guard let (primitive, inputs) = graph.values[index].operation else { return true }
    return primitive.isView && isArgument(inputs[0], graph)
  }
}
