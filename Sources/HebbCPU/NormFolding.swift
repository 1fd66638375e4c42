import HebbCore

/// Normalization by known statistics becomes one product and one sum for each channel, which the
/// convolution before it can do to its result:
///
///     ((x ∗ w + b) − m) s + β  =  (x ∗ w) s + ((b − m) s + β)
///
/// Everything for one channel is known before the convolution runs: arguments, and little loops over
/// them.
enum NormFolding {
  /// One operation of the chain behind a convolution.
  private struct Link {
    var opcode: Elementwise.Opcode
    var operand: Int
  }

  private struct Chain {
    var convolution: Int
    var links: [Link]
    /// The values between the convolution and the end of the chain.
    var inner: [Int]
  }

  /// The graph with such chains made short.
  static func folded(_ graph: PlanGraph) -> PlanGraph {
    guard graph.values.contains(where: { $0.kind == .convolution }) else {
      return graph
    }
    let consumers = graph.consumers
    let isEarly = Epilogues.earlyValues(graph)
    var chains: [Int: Chain] = [:]
    for index in graph.values.indices
    where graph.values[index].kind == .convolution && graph.values[index].type.dtype == .float32 {
      if let (end, chain) = chain(behind: index, graph, consumers, isEarly) {
        chains[end] = chain
      }
    }
    return chains.isEmpty ? graph : rebuilt(graph, chains)
  }

  private static func chain(
    behind index: Int, _ graph: PlanGraph, _ consumers: Consumers, _ isEarly: [Bool]
  ) -> (end: Int, Chain)? {
    let type = graph.values[index].type
    var chain = Chain(convolution: index, links: [], inner: [])
    var end = index
    while !graph.values[end].isOutput, consumers[end].count == 1,
      let next = consumers[end].first, let opcode = graph.values[next].opcode,
      [.add, .subtract, .multiply, .divide].contains(opcode), graph.values[next].type == type
    {
      let inputs = graph.values[next].inputs
      let isFirst = inputs[0] == end
      guard isFirst || opcode == .add || opcode == .multiply else { break }
      let operand = isFirst ? inputs[1] : inputs[0]
      guard isEarly[operand],
        Epilogues.isPerChannel(graph.values[operand].type.shape, of: type.shape)
      else { break }
      chain.links.append(Link(opcode: opcode, operand: operand))
      if end != index { chain.inner.append(end) }
      end = next
    }
    let scales = chain.links.contains { $0.opcode == .multiply || $0.opcode == .divide }
    return scales && chain.links.count > 1 ? (end, chain) : nil
  }

  private static func rebuilt(_ graph: PlanGraph, _ chains: [Int: Chain]) -> PlanGraph {
    var result = PlanGraph()
    result.argumentCount = graph.argumentCount
    result.values.reserveCapacity(graph.values.count + 4 * chains.count)
    var moved = Array(repeating: -1, count: graph.values.count)
    let dropped = Set(chains.values.flatMap(\.inner))
    for (index, value) in graph.values.enumerated() where !dropped.contains(index) {
      if let chain = chains[index] {
        moved[index] = append(chain, to: &result, graph, moved, value)
        continue
      }
      var value = value
      value.inputs = value.inputs.map { moved[$0] }
      moved[index] = result.values.count
      result.values.append(value)
    }
    result.outputs = graph.outputs.map { moved[$0] }
    return result
  }

  /// Appends scale, shift, product and sum; returns the last.
  private static func append(
    _ chain: Chain, to result: inout PlanGraph, _ graph: PlanGraph, _ moved: [Int],
    _ last: PlanGraph.Value
  ) -> Int {
    let age = graph.values[chain.convolution].age
    func append(_ opcode: Elementwise.Opcode, _ a: Int, _ b: Int, _ value: PlanGraph.Value?) -> Int
    {
      let (left, right) = (result.values[a].type, result.values[b].type)
      let shape = (try? Shape.broadcast(left.shape, right.shape)) ?? left.shape
      var node = value ?? .init(origin: .scalar(0), type: TensorType(shape, .float32), age: age)
      node.origin = .operation(elementwise(opcode), inputs: [a, b])
      result.values.append(node)
      return result.values.count - 1
    }
    var (scale, shift): (Int?, Int?)
    for link in chain.links {
      let operand = moved[link.operand]
      switch link.opcode {
      case .add: shift = shift.map { append(.add, $0, operand, nil) } ?? operand
      case .subtract:
        shift =
          shift.map { append(.subtract, $0, operand, nil) } ?? negated(operand, &result, age)
      default:
        scale =
          scale.map { append(link.opcode, $0, operand, nil) }
          ?? (link.opcode == .multiply ? operand : reciprocal(operand, &result, age))
        shift = shift.map { append(link.opcode, $0, operand, nil) }
      }
    }
    var inner = last
    inner.isOutput = false
    let convolution = moved[chain.convolution]
    guard let scale else { preconditionFailure("a norm without scale has been folded") }
    guard let shift else { return append(.multiply, convolution, scale, last) }
    return append(.add, append(.multiply, convolution, scale, inner), shift, last)
  }

  private static func negated(_ operand: Int, _ result: inout PlanGraph, _ age: UInt64) -> Int {
    unary(.negate, operand, &result, age)
  }

  private static func reciprocal(_ operand: Int, _ result: inout PlanGraph, _ age: UInt64) -> Int {
    unary(.reciprocal, operand, &result, age)
  }

  private static func unary(
    _ opcode: Elementwise.Opcode, _ operand: Int, _ result: inout PlanGraph, _ age: UInt64
  ) -> Int {
    let type = result.values[operand].type
    result.values.append(
      .init(origin: .operation(elementwise(opcode), inputs: [operand]), type: type, age: age))
    return result.values.count - 1
  }

  private static func elementwise(_ opcode: Elementwise.Opcode) -> Elementwise {
    guard let function = Elementwise.Function.all.first(where: { $0.opcode == opcode }) else {
      preconditionFailure("there is no function \(opcode)")
    }
    return Elementwise(function)
  }
}
